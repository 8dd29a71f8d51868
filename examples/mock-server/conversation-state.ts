import type { ChatEvent, ErrorEvent, SendInput, TaskState, WireMessage } from '../../src/protocol/events.js'

/** A task as the log has it. */
export interface TaskRecord {
  readonly task_id: string
  /** The offset by which its input is in the log. */
  readonly stored_at: number
  readonly state: TaskState
  readonly attempt: number
  /** Absent where a stop came before the send. */
  readonly input?: SendInput
  /** The message that it answers; where that is removed, the task is stopped. */
  readonly input_message_id?: string
  /** Its answer, once started. */
  readonly message_id?: string
  readonly error?: ErrorEvent
}

/** The fold of one conversation's log. Messages and tasks are replaced, never changed, so a reader may keep them. */
export interface ConversationState {
  readonly epoch: string
  offset: number
  messages: readonly WireMessage[]
  /** In the order of their first events, which is the order in which they run. */
  readonly tasks: Map<string, TaskRecord>
  /** All events, by offset: `events[0]` has offset 1. */
  readonly events: ChatEvent[]
}

export function emptyConversation(epoch: string): ConversationState {
  return { epoch, offset: 0, messages: [], tasks: new Map(), events: [] }
}

/** Searches from the end, where nearly everything that is looked for stands. */
export function indexOfMessage(state: ConversationState, id: string): number {
  return state.messages.findLastIndex((message) => message.id === id)
}

/** Queued, running or failed: something may still happen to it. */
export const isOpen = ({ state }: TaskRecord) => state !== 'finished' && state !== 'stopped'

/** Whether the task answers one of these messages, or its answer is one of them. */
export const isAbout = (task: TaskRecord, messageIds: ReadonlySet<string>) =>
  [task.input_message_id, task.message_id].some((id) => id !== undefined && messageIds.has(id))
