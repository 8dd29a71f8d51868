import { nanoid } from 'nanoid'
import { AppError } from '../errors/app-error.js'
import type { Author, SendInput, WireMessage } from '../protocol/events.js'
import { isMessage } from '../protocol/is-message.js'
import type { ChatPart } from './message.js'
import { partToWire } from './wire-message.js'

export interface MessageInput {
  /** Becomes the first part. */
  readonly text?: string
  readonly parts?: readonly ChatPart[]
  readonly author?: Author
  /** Carried along and stored as it is; JSON. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** A person's message as it goes over the wire. @throws AppError `invalid_message` naming what is wrong. */
export function userMessage(given: string | MessageInput, now: number): WireMessage {
  const { text, parts = [], author, metadata } = typeof given === 'string' ? { text: given } : given
  if (text !== undefined && typeof text !== 'string') throw invalid('text', 'it is not a string')
  const blank = (text ?? '').trim() === ''
  if (blank && parts.length === 0) throw invalid('text', 'it is empty')
  const message: WireMessage = {
    id: nanoid(),
    role: 'user',
    parts: [...(blank ? [] : [{ type: 'text' as const, text: text ?? '' }]), ...parts.map(partToWire)],
    created_at: new Date(now).toISOString(),
    ...(author && { author }),
    ...(metadata && { metadata: { ...metadata } }),
  }
  if (!isMessage(message))
    throw invalid('message', 'a part, the author or the metadata is not of the right form')
  return message
}

const invalid = (field: string, reason: string) =>
  new AppError({
    code: 'invalid_message',
    message: `unable to send the message; ${field}: ${reason}`,
    details: { field },
  })

/** The UTF-8 bytes of an input as compact JSON, which is what the server's limit counts. */
export function inputBytes(input: SendInput): number {
  return new TextEncoder().encode(JSON.stringify(input)).length
}
