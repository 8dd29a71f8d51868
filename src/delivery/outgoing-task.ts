import type { AppError } from '../errors/app-error.js'
import type { RetryState } from '../message/message.js'
import type { Position, SendInput } from '../protocol/events.js'

/**
 * How far a person's intent has come on its way to the server. `queued`: others go first, or there is no connection.
 * `sending`: the server may have it. `accepted`: the server has stored it. `failed`: given up, until a person retries or
 * discards it.
 */
export type DeliveryPhase = 'queued' | 'sending' | 'accepted' | 'failed'

/** An intent of this client, immutable. Whatever the log says of the task is not repeated here. */
export interface OutgoingTask {
  readonly taskId: string
  /** Null for another client's task that a person retries or stops from here: the server has its input. */
  readonly input: SendInput | null
  readonly createdAt: string
  readonly phase: DeliveryPhase
  /** Whether a request that carries the input ever left: then only the server can say that nothing of it remains. */
  readonly wasSent: boolean
  /** The acknowledgement's position: the input is stored at or before it. Null if only the log itself showed the task. */
  readonly position: Position | null
  /** How many joins had been asked for when the task was accepted: if a later join does not show the task, it is gone. */
  readonly joinsWhenAccepted: number
  /** The attempt whose failure a person has answered with a retry; 0 if there was none. */
  readonly retriedAttempt: number
  readonly retry: RetryState | null
  readonly error: AppError | null
  readonly stopping: boolean
}

/** An event in a task's life. */
export type TaskEvent =
  /** The task waits for its next attempt, or the wait is over and the attempt begins. */
  | { readonly type: 'waiting'; readonly retry: RetryState | null }
  /** The request that carries the input is about to leave. */
  | { readonly type: 'sending' }
  | { readonly type: 'accepted'; readonly position: Position; readonly joinsRequested: number }
  /** `failedAttempt` is the one that the log names, if any. */
  | { readonly type: 'failed'; readonly error: AppError; readonly failedAttempt: number | undefined }
  /** A person retries it. */
  | { readonly type: 'retried'; readonly at: string; readonly failedAttempt: number | undefined }
  /** A person stops it, or the server refused that and the task goes on. */
  | { readonly type: 'stopping'; readonly stopping: boolean }

/** The task after an event. Pure. */
export function transition(task: OutgoingTask, event: TaskEvent): OutgoingTask {
  switch (event.type) {
    case 'waiting':
      return { ...task, retry: event.retry }
    case 'sending':
      return { ...task, phase: 'sending', wasSent: true }
    case 'accepted': {
      const { position, joinsRequested: joinsWhenAccepted } = event
      // An acknowledgement that arrives after the task was given up does not bring it back.
      const phase = task.phase === 'failed' ? 'failed' : 'accepted'
      return { ...task, phase, position, joinsWhenAccepted }
    }
    case 'failed': {
      const { error, failedAttempt: retriedAttempt = task.retriedAttempt } = event
      return { ...task, phase: 'failed', error, retry: null, stopping: false, retriedAttempt }
    }
    case 'retried': {
      const { at: createdAt, failedAttempt: retriedAttempt = task.retriedAttempt } = event
      const phase = task.position ? 'accepted' : 'queued'
      return { ...task, phase, error: null, createdAt, retriedAttempt }
    }
    case 'stopping':
      return { ...task, stopping: event.stopping, retry: null }
  }
}

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

/** A task of which only its stop is left here: nothing of it is shown or sent. */
export const withdrawnTask = (taskId: string): OutgoingTask => ({
  ...newOutgoingTask(taskId, null),
  phase: 'failed',
  stopping: true,
})

export const isWithdrawn = ({ input, phase }: OutgoingTask): boolean => input === null && phase === 'failed'

/** Whether the server does not have the input yet, as far as this client knows. */
export const isUnsent = ({ phase }: OutgoingTask): boolean => phase === 'queued' || phase === 'sending'

/** Whether something will still happen to the task without a person. */
export const isUnsettled = ({ phase, stopping }: OutgoingTask): boolean => phase !== 'failed' || stopping

/** Whether the log will say how the task ends. */
export const isAwaited = ({ phase, stopping }: OutgoingTask): boolean => phase === 'accepted' || stopping
