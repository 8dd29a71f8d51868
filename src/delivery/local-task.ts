import type { RetryState } from '../conversation/message.js'
import type { AppError } from '../errors/app-error.js'
import type { Position, SendInput } from '../protocol/events.js'

/**
 * How far a person's intent has come on its way to the server. `queued`: others go first, or there is no connection.
 * `sending`: it may be with the server. `accepted`: the server has stored it. `failed`: given up, until a person
 * retries or discards it.
 */
export type DeliveryPhase = 'queued' | 'sending' | 'accepted' | 'failed'

/** An intent of this client, immutable. What the log says of the task is not repeated here. */
export interface LocalTask {
  readonly taskId: string
  /** Null for another client's task that a person retries from here: its input is with the server. */
  readonly input: SendInput | null
  readonly createdAt: string
  readonly phase: DeliveryPhase
  /** Whether a request that carries it ever left: then only the server can say that nothing of it remains. */
  readonly emitted: boolean
  /** By where in the log it is stored, as the acknowledgement said; null where only the log itself showed it. */
  readonly position: Position | null
  readonly retry: RetryState | null
  readonly error: AppError | null
  readonly stopping: boolean
}

/** In the order in which the person acted. */
export type LocalTasks = readonly LocalTask[]

export function newLocalTask(taskId: string, input: SendInput | null, createdAt: string): LocalTask {
  return {
    taskId,
    input,
    createdAt,
    phase: input === null ? 'accepted' : 'queued',
    emitted: input === null,
    position: null,
    retry: null,
    error: null,
    stopping: false,
  }
}

export type LocalTaskChange = Partial<Omit<LocalTask, 'taskId' | 'input' | 'createdAt'>>

export function changeTask(tasks: LocalTasks, taskId: string, change: LocalTaskChange): LocalTasks {
  return tasks.map((task) => (task.taskId === taskId ? { ...task, ...change } : task))
}

/** Sends of one conversation leave in order: a task's turn comes when those before it are stored or given up. */
export function isItsTurn(tasks: LocalTasks, taskId: string): boolean {
  const first = tasks.find((task) => task.phase === 'queued' || task.phase === 'sending')
  return first === undefined || first.taskId === taskId
}

export const isUnsettled = (task: LocalTask): boolean => task.phase !== 'failed'
