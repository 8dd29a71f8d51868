import type { Logged } from '../delivery/deliver-task.js'
import type { LocalTask } from '../delivery/local-task.js'
import type { Position } from '../protocol/events.js'
import type { LogState } from './log-state.js'
import type { ChatMessage } from './message.js'
import { messageAt } from './message-list.js'

function lastOf(log: LogState, matches: (message: ChatMessage) => boolean): ChatMessage | undefined {
  const { live, settled } = log.messages
  if (live && matches(live.message)) return live.message
  const index = settled.findLastIndex((message, at) => at !== live?.index && matches(message))
  return messageAt(log.messages, index)
}

export function isInLog(log: LogState, taskId: string): boolean {
  return log.tasks.has(taskId) || lastOf(log, (message) => message.taskId === taskId) !== undefined
}

/** What a task has been answered with so far. */
export function answerOf(log: LogState, taskId: string): ChatMessage | undefined {
  return lastOf(log, (message) => message.taskId === taskId && message.role === 'assistant')
}

/** What the log, read up to `cursor`, says about a task of this client. Pure. */
export function lookUpTask(log: LogState, cursor: Position | null, { taskId, position }: LocalTask): Logged {
  const task = log.tasks.get(taskId)
  if (task) {
    const { state, attempt, error } = task
    return state === 'failed' && error ? { state, attempt, error } : { state: 'running', attempt }
  }
  if (isInLog(log, taskId)) return { state: 'over' }
  if (position === null) return { state: 'absent' }
  if (position.epoch !== cursor?.epoch) return { state: 'lost' }
  // Acknowledged, and on its way here; or stored, and stopped or removed since.
  return cursor.offset < position.offset ? { state: 'queued', attempt: 0 } : { state: 'over' }
}
