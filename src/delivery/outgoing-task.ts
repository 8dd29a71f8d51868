import type { AppError } from '../errors/app-error.js'
import type { RetryState } from '../message/message.js'
import type { Position, SendInput } from '../protocol/events.js'

/**
 * How far a person's intent has come on its way to the server. `queued`: others go first, or there is no connection.
 * `sending`: it may be with the server. `accepted`: the server has stored it. `failed`: given up, until a person
 * retries or discards it.
 */
export type DeliveryPhase = 'queued' | 'sending' | 'accepted' | 'failed'

/** An intent of this client, immutable. What the log says of the task is not repeated here. */
export interface OutgoingTask {
  readonly taskId: string
  /** Null for another client's task that a person retries or stops from here: its input is with the server. */
  readonly input: SendInput | null
  readonly createdAt: string
  readonly phase: DeliveryPhase
  /** Whether a request that carries it ever left: then only the server can say that nothing of it remains. */
  readonly wasSent: boolean
  /** By where in the log it is stored, as the acknowledgement said; null where only the log itself showed it. */
  readonly position: Position | null
  /** How many joins had been asked for when it was accepted: what a later one does not show is gone. */
  readonly joinsWhenAccepted: number
  /** The attempt whose failure a person has answered with a retry; 0 where there was none. */
  readonly retriedAttempt: number
  readonly retry: RetryState | null
  readonly error: AppError | null
  readonly stopping: boolean
}

/** What the log shows of a task: nothing yet, an attempt, or its end. */
export type LoggedStatus =
  | { readonly state: 'absent' }
  | { readonly state: 'running'; readonly attempt: number }
  | { readonly state: 'failed'; readonly attempt: number; readonly error: AppError }
  | { readonly state: 'ended' }
  /** It was stored in a log that is no more. */
  | { readonly state: 'lost' }

/** In the order in which the person acted. */
export type OutgoingTasks = readonly OutgoingTask[]

export function newOutgoingTask(taskId: string, input: SendInput | null, createdAt = ''): OutgoingTask {
  return {
    taskId,
    input,
    createdAt,
    phase: input === null ? 'accepted' : 'queued',
    wasSent: input === null,
    position: null,
    joinsWhenAccepted: 0,
    retriedAttempt: 0,
    retry: null,
    error: null,
    stopping: false,
  }
}

/** A task of which nothing is shown or sent here any more but its stop. */
export const stoppedTask = (taskId: string): OutgoingTask => ({
  ...newOutgoingTask(taskId, null),
  phase: 'failed',
  stopping: true,
})

export type OutgoingTaskChange = Partial<Omit<OutgoingTask, 'taskId' | 'input'>>

/** Whether the server has it not yet, as far as is known. */
export const isUnsent = ({ phase }: OutgoingTask): boolean => phase === 'queued' || phase === 'sending'

/**
 * The tasks that it is time to deliver. Sends of one conversation leave in order, so of those that are not stored yet it
 * is the first alone.
 */
export function deliverable(tasks: OutgoingTasks): OutgoingTask[] {
  const first = tasks.find(isUnsent)
  return tasks.filter((task) => !task.stopping && (task.phase === 'accepted' || task === first))
}

/** Whether something is still to happen to it by itself. */
export const isUnsettled = ({ phase, stopping }: OutgoingTask): boolean => phase !== 'failed' || stopping

/** Whether the log is to say what becomes of it. */
export const isAwaited = ({ phase, stopping }: OutgoingTask): boolean => phase === 'accepted' || stopping
