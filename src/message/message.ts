import type { AppError } from '../errors/app-error.js'
import type { Author, Role } from '../protocol/events.js'

/** What a person wrote, or the model says. */
export interface TextPart {
  readonly type: 'text'
  /** In an answer usually Markdown; grows while the answer streams. */
  readonly text: string
}

/** What the model thought on its way to the answer, as far as the server shows it. */
export interface ReasoningPart {
  readonly type: 'reasoning'
  /** Grows while the answer streams. */
  readonly text: string
}

/** One call of a tool by the model, from its first word to its result. */
export interface ToolPart {
  readonly type: 'tool'
  /** Names the call for {@link Conversation.addToolOutput} and {@link Conversation.respondToApproval}. */
  readonly toolCallId: string
  /** The tool's name, as the server knows it. */
  readonly name: string
  /**
   * `streaming`: the model is still writing the input. `input` waits for {@link Conversation.addToolOutput}, `approval` for
   * {@link Conversation.respondToApproval}. `running`: the server runs the call. `output`, `error` and `denied` are its ends.
   */
  readonly state: 'streaming' | 'input' | 'approval' | 'running' | 'output' | 'error' | 'denied'
  /** The input's text as far as the model has written it, usually JSON; grows in the state `streaming`. */
  readonly inputText?: string
  /** What the tool is called with, once the model has written it. Any JSON value. */
  readonly input?: unknown
  /** What the tool gave, in the state `output`. Any JSON value. */
  readonly output?: unknown
  /** Why the call failed, in the state `error`; for the model and for developers, not for the screen. */
  readonly error?: string
  /** Why the person approved or denied the call. */
  readonly reason?: string
}

/** A file beside the text: its address, not its bytes. */
export interface FilePart {
  readonly type: 'file'
  /** Anybody may have written the address, so check its scheme before a page shows or opens it. */
  readonly url: string
  /** The media type, such as `image/png`. */
  readonly mediaType: string
  /** The file's name, for the screen. */
  readonly name?: string
  /** Bytes. */
  readonly size?: number
}

/** A source of an answer: a page, or a document without an address. */
export interface SourcePart {
  readonly type: 'source'
  /** The page's address. Check its scheme before a page opens it. */
  readonly url?: string
  /** The page's or the document's title, for the screen. */
  readonly title?: string
  /** The document's media type, such as `application/pdf`. */
  readonly mediaType?: string
  /** The passage that was used. */
  readonly snippet?: string
}

/** A value of the app's own. */
export interface DataPart {
  readonly type: 'data'
  /** Which kind of value this is; the app's own word. */
  readonly name: string
  /** Any JSON value. */
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
  /** The last attempt that there may be. */
  readonly maxAttempts: number
  /** Milliseconds since the Unix epoch. In the past if the attempt is due and a pause holds it. */
  readonly nextRetryAt: number
  /** Why the attempt before failed. */
  readonly error: AppError
}

/** A person's message or an answer, as a page shows it. A message that changes is a new object; the others stay the same. */
export interface ChatMessage {
  /** The message's id. Within one conversation no other message has it. */
  readonly id: string
  /** Who speaks: `user` for any person, `assistant` for an answer, `system` for the server. */
  readonly role: Role
  /** What the message says, in order. A part keeps its index; an answer that the server tries again begins without parts. */
  readonly parts: readonly ChatPart[]
  /** ISO 8601; for display only, order comes from the log. */
  readonly createdAt: string
  /** The author, as the server authenticated them. Of a new message absent until the server has it, of an edited one as before. */
  readonly author?: Author
  /** The task that sent the message, or that the message answers: for `retry`, `stop` and `discard`. */
  readonly taskId?: string
  /** Where the message stands. */
  readonly status: MessageStatus
  /** The attempt that is waited for, by this client or by the server. */
  readonly retryState?: RetryState
  /** Why the message failed, in the status `failed`. */
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
