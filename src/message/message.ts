import type { AppError } from '../errors/app-error.js'
import type { Author, Role } from '../protocol/events.js'

export interface TextPart {
  readonly type: 'text'
  readonly text: string
}

export interface ReasoningPart {
  readonly type: 'reasoning'
  readonly text: string
}

export interface ToolPart {
  readonly type: 'tool'
  readonly toolCallId: string
  readonly name: string
  /**
   * `streaming`: the model is still writing the input. `input` waits for {@link Conversation.addToolOutput}, `approval` for
   * {@link Conversation.respondToApproval}. `running`: the server runs the call. `output`, `error` and `denied` are its ends.
   */
  readonly state: 'streaming' | 'input' | 'approval' | 'running' | 'output' | 'error' | 'denied'
  /** The input's text as far as the model has written it, usually JSON; grows in the state `streaming`. */
  readonly inputText?: string
  readonly input?: unknown
  readonly output?: unknown
  readonly error?: string
  /** Why the person approved or denied the call. */
  readonly reason?: string
}

export interface FilePart {
  readonly type: 'file'
  readonly url: string
  readonly mediaType: string
  readonly name?: string
  readonly size?: number
}

/** A source of an answer: a page, or a document without an address. */
export interface SourcePart {
  readonly type: 'source'
  readonly url?: string
  readonly title?: string
  readonly mediaType?: string
  /** The passage that was used. */
  readonly snippet?: string
}

export interface DataPart {
  readonly type: 'data'
  readonly name: string
  readonly value: unknown
}

/** The parts that this version knows. A newer server's others are kept in `parts` as they came; render what you know. */
export type ChatPart = TextPart | ReasoningPart | ToolPart | FilePart | SourcePart | DataPart

/** The parts that a person's message may hold. */
export type UserPart = TextPart | FilePart | DataPart

/**
 * Where a message stands. A person's: `queued` (not sent yet), `sending`, `retrying` (a wait before the next try),
 * `sent`. An answer: `streaming`, `complete`, `stopped`. Both: `stopping` (a stop is on its way), `failed`.
 */
export type MessageStatus =
  | 'queued'
  | 'sending'
  | 'retrying'
  | 'sent'
  | 'streaming'
  | 'stopping'
  | 'complete'
  | 'stopped'
  | 'failed'

/** The facts for "attempt 2 of 3 in 1.4 s" on a screen. */
export interface RetryState {
  readonly taskId: string
  /** The attempt that comes next; the first try was 1. */
  readonly attempt: number
  readonly maxAttempts: number
  /** Milliseconds since the Unix epoch. */
  readonly nextRetryAt: number
  readonly error: AppError
}

export interface ChatMessage {
  readonly id: string
  readonly role: Role
  readonly parts: readonly ChatPart[]
  /** ISO 8601; for display only, order comes from the log. */
  readonly createdAt: string
  /** The author, as the server authenticated them; absent until the server has the message. */
  readonly author?: Author
  readonly taskId?: string
  readonly status: MessageStatus
  readonly retryState?: RetryState
  readonly error?: AppError
  /** The app's own; on an answer, what the server has said of it so far. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** The message was longer than `limits.maxAnswerBytes`: its beginning is here, and the page keeps nothing of the rest. */
  readonly isCut?: true
  /** Why the answer ended, in the words of the server's model, such as `stop` or `length`. */
  readonly finishReason?: string
}

/** The message's text parts, joined; reasoning and the rest left out. */
export function messageText(message: ChatMessage): string {
  let text = ''
  for (const part of message.parts) if (part.type === 'text') text += part.text
  return text
}
