import type { StoredMessage } from '../store/stored-event.js'
import { MessageList } from './message-list.js'
import { isOpen, type TaskRecord } from './task-record.js'

/** The fold of one conversation's log as far as `end`. */
export interface ConversationState {
  readonly epoch: string
  /** The offset of the last event that is folded in. */
  end: number
  readonly messages: MessageList
  /** Open tasks, and those that ended while this fold was kept, in the order in which they run. */
  readonly tasks: Map<string, TaskRecord>
  /** Ids of messages that changed since the last compaction. */
  readonly changed: Set<string>
  /** Characters of the messages' JSON, approximately. */
  size: number
}

export function conversationState(
  epoch: string,
  base: number,
  messages: Iterable<StoredMessage>,
): ConversationState {
  const list = new MessageList(messages)
  const size = list.slice().reduce((sum, message) => sum + sizeOf(message), 0)
  return { epoch, end: base, messages: list, tasks: new Map(), changed: new Set(), size }
}

/** Characters of the JSON: near enough to bytes for a bound on memory, and cheaper. */
export const sizeOf = (value: unknown): number => JSON.stringify(value)?.length ?? 0

export const openTasks = (tasks: ReadonlyMap<string, TaskRecord>): TaskRecord[] =>
  [...tasks.values()].filter(isOpen)
