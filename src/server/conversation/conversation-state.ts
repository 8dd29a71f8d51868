import type { ChatMessage } from '../../message/message.js'
import type { StoredMessage } from '../store/stored-event.js'
import { MessageList } from './message-list.js'
import type { TaskRecord } from './task-record.js'
import { TaskTable } from './task-table.js'

/** The fold of one conversation's log as far as `end`. */
export interface ConversationState {
  readonly epoch: string
  /** The offset of the last event that is folded in. */
  end: number
  readonly messages: MessageList
  /** Open tasks, and those that ended while this fold was kept. */
  readonly tasks: TaskTable
  /** Ids of messages that changed since the last compaction. */
  readonly changed: Set<string>
  /** By id, the messages as the app's code was shown them last. */
  readonly shown: Map<string, ChatMessage>
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
  const tasks = new TaskTable(unfinishedTasks(list.slice()))
  return { epoch, end: base, messages: list, tasks, changed: new Set(), shown: new Map(), size }
}

/** Tasks that were not over when these messages were stored: an event that follows may end one, and says only its id. */
function unfinishedTasks(messages: readonly StoredMessage[]): TaskRecord[] {
  const found = new Map<string, { question?: StoredMessage; answer?: StoredMessage }>()
  for (const message of messages) {
    if (message.task_id === undefined) continue
    const of = found.get(message.task_id) ?? {}
    if (message.role === 'assistant') of.answer = message
    else of.question = message
    found.set(message.task_id, of)
  }
  return [...found].flatMap(([taskId, { question, answer }]) => {
    const status = answer?.status
    if (status === 'complete' || status === 'stopped') return []
    const isFailed = (answer ?? question)?.status === 'failed'
    return {
      taskId,
      state: isFailed ? ('failed' as const) : answer ? ('running' as const) : ('queued' as const),
      attempt: (answer ?? question)?.attempt ?? 1,
      storedAt: 0,
      ...(answer && { messageId: answer.id }),
      ...(question && { inputMessageId: question.id }),
    }
  })
}

export function messageChanged({ changed, shown }: ConversationState, id: string): void {
  changed.add(id)
  shown.delete(id)
}

export function messageRemoved({ changed, shown }: ConversationState, id: string): void {
  changed.delete(id)
  shown.delete(id)
}

/** Characters of the JSON: near enough to bytes for a bound on memory, and cheaper. */
export const sizeOf = (value: unknown): number => JSON.stringify(value)?.length ?? 0
