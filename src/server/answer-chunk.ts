import type { UnknownWirePart, WirePart } from '../protocol/events.js'

export type AnswerChunk =
  | string
  | { readonly type: 'text' | 'reasoning'; readonly text: string }
  | { readonly type: 'part'; readonly part: WirePart | UnknownWirePart }
