import type { ErrorEvent, SendInput } from '../../protocol/events.js'

/** Something may still happen to the task. */
export type OpenState = 'queued' | 'running' | 'failed'
/** Nothing will happen to the task any more. */
export type ClosedState = 'finished' | 'stopped'

interface TaskFacts {
  readonly taskId: string
  /** The latest attempt that began, from 1; of a task that never ran, 1. */
  readonly attempt: number
  /** The message of the task's answer, once started. */
  readonly messageId?: string
}

interface OpenFacts extends TaskFacts {
  readonly state: OpenState
  /** The message that the task answers; if that is removed, the task is stopped. */
  readonly inputMessageId?: string
  /** Why the latest attempt failed. */
  readonly error?: ErrorEvent
  /** The attempt that was asked for and waits for its turn. Only of a `failed` task. */
  readonly retry?: number
}

interface ClosedFacts extends TaskFacts {
  readonly state: ClosedState
}

/**
 * One task after a step: the whole record. A task that the store does not know yet and that is `stopped` is a tombstone: the stop
 * came before the send.
 */
export type TaskChange = OpenFacts | ClosedFacts

/** The data of an accepted task that the store keeps besides its record while the task is open. */
export interface KeptInput {
  /** Absent if the server itself made the task, with no input to run it from again. */
  readonly input?: SendInput
  /** The user as `authenticate` returned it: JSON without secrets, because another node may run the task. */
  readonly user?: unknown
}

interface StoredFacts {
  /** The offset by which the task's first step is in the log. Assigned by the store, and never changed. */
  readonly storedAt: number
  /** Of the input that was accepted. Absent if a stop came before the send. */
  readonly digest?: string
}

/** A task that is queued, running or failed, whole. */
export type OpenTask = OpenFacts & StoredFacts & KeptInput
/** The rest of a task that is over: enough to recognise a repeat of its send, as long as the log lives. */
export type ClosedTask = ClosedFacts & StoredFacts
export type StoredTask = OpenTask | ClosedTask

export function isOpenTask<Task extends TaskChange>(
  task: Task,
): task is Extract<Task, { readonly state: OpenState }> {
  return task.state === 'queued' || task.state === 'running' || task.state === 'failed'
}

/** Whether a node has something to do for this task. A task that failed waits for a person or a client. */
export const isOpenWork = (task: TaskChange): boolean =>
  task.state === 'queued' || task.state === 'running' || (task.state === 'failed' && task.retry !== undefined)
