import type { SendInput, UnknownWirePart, WireMessage, WirePart } from '../../src/protocol/events.js'

/** A piece of an answer. Texts are appended; a part is set whole, and again to change it (a tool call by its id). */
export type AnswerChunk =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'part'; readonly part: WirePart | UnknownWirePart }

export interface RespondRequest {
  /** What the user is called, not who is connected. */
  readonly user: string
  readonly input: SendInput
  /** The conversation before the answer, oldest first; its last message is what is answered. */
  readonly history: readonly WireMessage[]
  /** Aborted when nobody wants the rest any more. What comes later is dropped. */
  readonly signal: AbortSignal
}

/** Where the answers come from: in a real backend, the agent or the model. A throw is a failed try. */
export interface Responder {
  respond(request: RespondRequest): AsyncIterable<AnswerChunk>
}
