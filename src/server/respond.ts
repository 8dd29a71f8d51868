import type { ChatMessage } from '../message/message.js'
import type { SendInput } from '../protocol/events.js'
import type { AnswerChunk } from './answer-chunk.js'

/** A person as `authenticate` returns one. Stored with each task, so: JSON of at most 4 kB, without secrets. */
export interface UserWithId {
  /** Unique among all users, 1 to 128 characters. */
  readonly id: string
  /** Shown to others beside the person's messages, if several share a conversation. */
  readonly name?: string
}

/** A person with fields whose types nothing says; an app's own type, an interface too, may take its place. */
export interface ChatUser extends UserWithId {
  readonly [field: string]: unknown
}

export interface RespondRequest<User extends UserWithId = ChatUser> {
  /** The user who asked, a copy. Null if the app itself did, with `ChatServer.answer`. */
  readonly user: User | null
  /** The owner of the conversation: by default the user's id. */
  readonly scope: string
  readonly conversationId: string
  readonly taskId: string
  /** 1 at first; rises with each retry that a client asks for. */
  readonly attempt: number
  /** The input that was sent, a copy. Null if the app itself began the task. */
  readonly input: SendInput | null
  /** The conversation before the answer, oldest first; the last message is what is answered. They are frozen copies. */
  readonly messages: readonly ChatMessage[]
  /**
   * Aborted on a stop, a truncation, the server's end or a lost lease, never because a client disconnected. Whatever comes
   * later is dropped.
   */
  readonly signal: AbortSignal
  /** Tells everyone who has the conversation open, without storing it. `value` is JSON of at most 4 kB. */
  broadcast(name: string, value: unknown): void
}

/** Where answers come from: an agent or a model. A throw is a failed try. */
export type Respond<User extends UserWithId = ChatUser> = (
  request: RespondRequest<User>,
) => AsyncIterable<AnswerChunk>
