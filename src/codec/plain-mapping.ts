import type { SendInput, UnknownWirePart, WireMessage, WirePart } from '../protocol/events.js'

/** An event to emit to the server. */
export interface Emission {
  readonly event: string
  readonly payload: unknown
}

/** A message that the server says by itself. */
export type PlainMessage = Pick<WireMessage, 'parts'> & Partial<WireMessage>

/** A statement about a task's answer. */
export type PlainAnswerEvent =
  /** More text of the answer. */
  | { readonly type: 'text'; readonly text: string }
  /** All text of the answer so far, from a server that sends the whole text each time. */
  | { readonly type: 'whole-text'; readonly text: string }
  /**
   * A part of the answer. A part with the same `id` takes the place of the one before; a tool call is known by its
   * `tool_call_id` without an `id`.
   */
  | { readonly type: 'part'; readonly part: WirePart | UnknownWirePart; readonly id?: string | undefined }
  | { readonly type: 'finish'; readonly finishReason?: string | undefined }
  /** The server's error as it came: an `ErrorEvent`, or a bare string. None of its text reaches the screen. */
  | { readonly type: 'error'; readonly error: unknown }

/** A statement that a server's event makes. Without `taskId` it is about the first task that was sent and is not over. */
export type PlainEvent =
  | (PlainAnswerEvent & { readonly taskId?: string | undefined })
  /** The server speaks first. Without an `id` the message gets one, without a `role` it is the assistant's. */
  | { readonly type: 'message'; readonly conversationId: string; readonly message: PlainMessage }

export interface PlainHistoryRequest {
  readonly conversationId: string
  /** The id of the first message that is shown; absent if none is. */
  readonly before?: string | undefined
}

export interface PlainHistory {
  /** In their order, each with an id that stays the same. */
  readonly messages: readonly WireMessage[]
  /** Whether there are earlier ones. @default false */
  readonly hasOlder?: boolean | undefined
}

/** How to talk with a server that does not speak protocol v1. */
export interface PlainMapping {
  /** See {@link Codec.name}. @default the names of its events */
  readonly name?: string | undefined
  /** The server's Socket.IO events to listen to. */
  readonly events: readonly string[]
  /** The event for a person's input; null if the server has none for it. */
  encode(request: { conversationId: string; taskId: string; input: SendInput }): Emission | null
  /** The event for a stop; null, and by default, none: the answer is no longer shown, and the server goes on. */
  encodeStop?(request: { conversationId: string; taskId: string }): Emission | null
  /** The meaning of one of the server's events; an empty list if the event is about no task. */
  decode(event: string, payload: unknown): readonly PlainEvent[]
  /**
   * Gives the messages before `before`, or the last ones, for example from an HTTP interface. A rejection counts as a
   * refused join. @default no history
   */
  history?(request: PlainHistoryRequest): Promise<PlainHistory>
}
