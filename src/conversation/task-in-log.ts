import type { Logged } from '../delivery/deliver-task.js'
import type { LocalTask } from '../delivery/local-task.js'
import type { Position } from '../protocol/events.js'
import type { LogState } from './log-state.js'
import type { ChatMessage } from './message.js'
import { messageAt } from './message-list.js'

/** A log as far as it was read. */
export interface ReadLog {
  readonly log: LogState
  readonly cursor: Position | null
  /** How many joins were asked for. */
  readonly asked: number
  /** The number of the last one whose answer is whole. */
  readonly confirmed: number
}

// By array, which is another one when its messages are: each is looked through once, not once a task.
const owners = new WeakMap<readonly ChatMessage[], ReadonlySet<string | undefined>>()

function ownersOf(messages: readonly ChatMessage[]): ReadonlySet<string | undefined> {
  const known = owners.get(messages)
  if (known) return known
  const found = new Set(messages.map(({ taskId }) => taskId))
  owners.set(messages, found)
  return found
}

export function isInLog({ tasks, messages }: LogState, taskId: string): boolean {
  return (
    tasks.has(taskId) || messages.live?.message.taskId === taskId || ownersOf(messages.settled).has(taskId)
  )
}

/** What a task has been answered with so far. */
export function answerOf({ messages }: LogState, taskId: string): ChatMessage | undefined {
  const { live, settled } = messages
  const matches = (message: ChatMessage) => message.taskId === taskId && message.role === 'assistant'
  if (live && matches(live.message)) return live.message
  return messageAt(
    messages,
    settled.findLastIndex((message, index) => index !== live?.index && matches(message)),
  )
}

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
