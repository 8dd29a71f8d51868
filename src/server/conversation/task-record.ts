import type { ErrorEvent, SendInput, TaskState } from '../../protocol/events.js'
import type { KeptInput, TaskChange } from '../store/stored-task.js'

/** A task as a fold has it. Replaced, never changed, so a reader may keep it. */
export interface TaskRecord {
  readonly taskId: string
  readonly state: TaskState
  /** The latest attempt that began; of a task that never ran, 1. */
  readonly attempt: number
  /** The offset by which its input is in the log. */
  readonly storedAt: number
  /** Its answer, once started. */
  readonly messageId?: string
  /** The message that it answers; if that is removed, the task is stopped. */
  readonly inputMessageId?: string
  readonly error?: ErrorEvent
  /** The attempt that was asked for after a failure and waits for its turn. No event tells of it before its `start`. */
  readonly retry?: number
  /** Absent if a stop came before the send, and of a task that the app began with `ChatServer.answer`. */
  readonly input?: SendInput
  /** The user who asked: another node may have to run the task. */
  readonly user?: unknown
}

/** Queued, running or failed: something may still happen to it. */
export const isOpen = ({ state }: Pick<TaskRecord, 'state'>): boolean =>
  state !== 'finished' && state !== 'stopped'

/** Whether the task answers one of these messages, or its answer is one of them. */
export const isAbout = (task: TaskRecord, messageIds: ReadonlySet<string>): boolean =>
  [task.inputMessageId, task.messageId].some((id) => id !== undefined && messageIds.has(id))

/** The id of the user who asked; empty if the app itself did. */
export const userOf = ({ input, user }: TaskRecord): string =>
  input && typeof user === 'object' && user !== null && 'id' in user ? String(user.id) : ''

export interface Turn {
  readonly task: TaskRecord
  readonly attempt: number
}

/** The first task in log order that has something to run: its first attempt, or a retry that was asked for. */
export function nextTurn(tasks: Iterable<TaskRecord>): Turn | undefined {
  for (const task of tasks) {
    if (task.state === 'queued') return { task, attempt: task.attempt }
    if (task.state === 'failed' && task.retry !== undefined) return { task, attempt: task.retry }
  }
  return undefined
}

/** The task without what a former attempt has left. */
export function withoutFailure({ error: _error, retry: _retry, ...task }: TaskRecord): TaskRecord {
  return task
}

/** The task as a step names it: without what the store itself keeps beside it. */
export function changeOf(task: TaskRecord): TaskChange {
  const { taskId, state, attempt, messageId, inputMessageId, error, retry } = task
  const facts = { taskId, attempt, ...(messageId !== undefined && { messageId }) }
  if (state === 'finished' || state === 'stopped') return { ...facts, state }
  return {
    ...facts,
    state,
    ...(inputMessageId !== undefined && { inputMessageId }),
    ...(error && { error }),
    ...(retry !== undefined && { retry }),
  }
}

/** The fields of an accepted task that the store keeps until the task is over. */
export const keptOf = ({ input, user }: KeptInput): KeptInput => ({
  ...(input !== undefined && { input }),
  ...(user !== undefined && { user }),
})
