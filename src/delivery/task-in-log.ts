import type { LogState } from '../event-log/log-state.js'
import { indexOfMessage, indexOfTask, lengthOf, messageAt } from '../event-log/message-list.js'
import type { ChatMessage } from '../message/message.js'
import type { Position } from '../protocol/events.js'
import type { LoggedStatus, OutgoingTask } from './outgoing-task.js'

/** A log as far as it was read. */
export interface ReadLog {
  readonly log: LogState
  readonly cursor: Position | null
  /** How many joins were asked for. */
  readonly joinsRequested: number
  /** The number of the last one whose answer is whole. */
  readonly lastCompletedJoin: number
}

/** What a task is known by. */
type TaskKey = Pick<OutgoingTask, 'taskId'> & Partial<Pick<OutgoingTask, 'input'>>

export const isInLog = (log: LogState, task: TaskKey): boolean =>
  log.tasks.has(task.taskId) || indexOfTask(log.messages, task.taskId) >= 0 || indexOfInput(log, task) >= 0

/** A snapshot need not name the task of a message that is its input, but the message has the id that it was given here. */
function indexOfInput({ messages }: LogState, { input }: TaskKey): number {
  if (!input || !('message' in input)) return -1
  const index = indexOfMessage(messages, input.message?.id)
  return messageAt(messages, index)?.taskId === undefined ? index : -1
}

/** What a task has been answered with so far. */
export function answerOf(log: LogState, task: TaskKey): ChatMessage | undefined {
  const { messages } = log
  const answer = messageAt(messages, indexOfTask(messages, task.taskId, 'assistant'))
  if (answer) return answer
  const input = indexOfInput(log, task)
  const next = input < 0 || input + 1 >= lengthOf(messages) ? undefined : messageAt(messages, input + 1)
  return next?.role === 'assistant' && next.taskId === undefined ? next : undefined
}

/** Whether the log was read to that position, or ends before it: a join asked for since has shown all there is. */
export function isReadTo(
  { cursor, lastCompletedJoin }: ReadLog,
  { epoch, offset }: Position,
  joinsWhenAccepted: number,
): boolean {
  return (cursor?.epoch === epoch && cursor.offset >= offset) || lastCompletedJoin > joinsWhenAccepted
}

/** Whether a task was stored in the log that is held, whatever is left of it. */
export function isStoredIn({ log, cursor }: Pick<ReadLog, 'log' | 'cursor'>, task: OutgoingTask): boolean {
  const { position } = task
  return (
    isInLog(log, task) ||
    (position !== null && position.epoch === cursor?.epoch && position.offset <= cursor.offset)
  )
}

/** What the log says about a task of this client. Pure. */
export function statusInLog(read: ReadLog, local: OutgoingTask): LoggedStatus {
  const { taskId, position, joinsWhenAccepted } = local
  const { log } = read
  const task = log.tasks.get(taskId)
  if (task) {
    const { state, attempt, error } = task
    return state === 'failed' && error ? { state, attempt, error } : { state: 'running', attempt }
  }
  // Where nothing is left of it, it was stopped or removed since.
  if (isStoredIn(read, local)) return { state: 'ended' }
  if (position === null) return { state: 'absent' }
  // Otherwise its place is in a log that is no more, or no longer so long.
  return isReadTo(read, position, joinsWhenAccepted) ? { state: 'lost' } : { state: 'running', attempt: 1 }
}
