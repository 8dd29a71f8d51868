import type { SnapshotTask, WireMessage } from '../../protocol/events.js'
import type { StoredMessage } from '../store/stored-event.js'
import { publicMessage } from './leaving.js'
import { isOpen, type TaskRecord } from './task-record.js'

export interface PageBounds {
  /** Messages at most. */
  readonly limit: number
  /** Of their JSON at most; the newest message is there in any case. */
  readonly bytes: number
}

/** The newest of these messages that fit, oldest first, and whether others stand before them. */
export function newestThatFit(
  messages: readonly StoredMessage[],
  { limit, bytes }: PageBounds,
  older: boolean,
): { messages: WireMessage[]; has_older: boolean } {
  const fitting: WireMessage[] = []
  let left = bytes
  for (let index = messages.length - 1; index >= 0 && fitting.length < limit; index -= 1) {
    const message = publicMessage(messages[index] as StoredMessage)
    left -= bytesOf(message)
    if (left < 0 && fitting.length > 0) break
    fitting.push(message)
  }
  return { messages: fitting.reverse(), has_older: older || fitting.length < messages.length }
}

/** Every task that is not over: a page is cut by messages, never by tasks. */
export const describeTasks = (tasks: Iterable<TaskRecord>): SnapshotTask[] =>
  [...tasks].filter(isOpen).map(describeTask)

function describeTask({ taskId, messageId, error, retry, attempt, state }: TaskRecord): SnapshotTask {
  const task = { task_id: taskId, ...(messageId !== undefined && { message_id: messageId }) }
  if (retry !== undefined) return { ...task, attempt: retry, state: 'queued' }
  return { ...task, attempt, state, ...(error && { error }) }
}

export const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')
