import type { Logged } from '../delivery/deliver-task.js'
import type { LocalTask } from '../delivery/local-task.js'
import type { Position } from '../protocol/events.js'
import type { LogState } from './log-state.js'
import type { ChatMessage } from './message.js'
import { indexOfTask, messageAt } from './message-list.js'

/** A log as far as it was read. */
export interface ReadLog {
  readonly log: LogState
  readonly cursor: Position | null
  /** How many joins were asked for. */
  readonly asked: number
  /** The number of the last one whose answer is whole. */
  readonly confirmed: number
}

export const isInLog = ({ tasks, messages }: LogState, taskId: string): boolean =>
  tasks.has(taskId) || indexOfTask(messages, taskId) >= 0

/** What a task has been answered with so far. */
export const answerOf = ({ messages }: LogState, taskId: string): ChatMessage | undefined =>
  messageAt(messages, indexOfTask(messages, taskId, 'assistant'))

/** Whether the log was read to that position, or ends before it: a join asked for since has shown all there is. */
export function isReadTo(
  { cursor, confirmed }: ReadLog,
  { epoch, offset }: Position,
  joins: number,
): boolean {
  return cursor?.epoch !== epoch || cursor.offset >= offset || confirmed > joins
}

/** What the log says about a task of this client. Pure. */
export function lookUpTask(read: ReadLog, { taskId, position, joins }: LocalTask): Logged {
  const { log, cursor } = read
  const task = log.tasks.get(taskId)
  if (task) {
    const { state, attempt, error } = task
    return state === 'failed' && error ? { state, attempt, error } : { state: 'running', attempt }
  }
  if (isInLog(log, taskId)) return { state: 'over' }
  if (position === null) return { state: 'absent' }
  if (!isReadTo(read, position, joins)) return { state: 'running', attempt: 1 }
  // It was stored, and stopped or removed since; or its place is in a log that is no more, or no longer so long.
  const isPast = position.epoch === cursor?.epoch && position.offset <= cursor.offset
  return { state: isPast ? 'over' : 'lost' }
}
