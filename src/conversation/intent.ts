import { nanoid } from 'nanoid'
import { AppError } from '../errors/app-error.js'
import type { ChatPart } from '../message/message.js'
import { partToWire } from '../message/wire-message.js'
import type { Author, SendInput, WireMessage } from '../protocol/events.js'
import { isBoolean, isId, isObject } from '../protocol/is.js'
import { isMessage, isPart } from '../protocol/is-message.js'

export interface MessageInput {
  /** Becomes the first part. */
  readonly text?: string | undefined
  readonly parts?: readonly ChatPart[] | undefined
  readonly author?: Author | undefined
  /** Carried along and stored as it is; JSON. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

// What follows is given by an app, which may be wrong about anything: each function throws AppError `invalid_message`,
// which names the field.

/** A person's message as it goes over the wire: a copy, which no one can change any more. */
export function userMessage(given: unknown, now: number): WireMessage {
  if (typeof given !== 'string' && !isObject(given))
    throw invalid('message', 'it is neither a text nor an object')
  const fields = typeof given === 'string' ? { text: given } : given
  const text = copyOf(fields, 'text') ?? ''
  if (typeof text !== 'string') throw invalid('text', 'it is not a string')
  const more = copyOf(fields, 'parts') ?? []
  if (!Array.isArray(more)) throw invalid('parts', 'it is not an array')
  const parts = more.map((part: unknown, index) => {
    const wire = isObject(part) ? partToWire(part as unknown as ChatPart) : part
    if (!isPart(wire)) throw invalid(`parts[${index}]`, 'it is not a part')
    return wire
  })
  if (text.trim() !== '') parts.unshift({ type: 'text', text })
  if (parts.length === 0) throw invalid('text', 'it is empty, and there are no parts')
  let message: WireMessage = { id: nanoid(), role: 'user', parts, created_at: new Date(now).toISOString() }
  if (!isMessage(message)) throw invalid('parts', 'there are too many')
  for (const field of ['author', 'metadata']) {
    const value = copyOf(fields, field)
    if (value === undefined) continue
    const extended = { ...message, [field]: value }
    if (!isMessage(extended)) throw invalid(field, 'it is not of the right form')
    message = extended
  }
  return message
}

/** The message that a regeneration names; undefined where it names none. */
export function targetOf(given: unknown): unknown {
  if (given === undefined || given === null) return undefined
  // An id alone, taken for none, would remove another answer than the one that was meant.
  if (!isObject(given)) throw invalid('target', 'it is not an object with a messageId')
  return given.messageId
}

/** `edit`, and `regenerate` where there is no message to put in the place. */
export function replacement(messageId: unknown, message?: WireMessage): SendInput {
  if (!isId(messageId)) throw invalid('messageId', 'it is not an id')
  return message
    ? { kind: 'edit', message_id: messageId, message }
    : { kind: 'regenerate', message_id: messageId }
}

export function toolOutput(given: unknown): SendInput {
  return { kind: 'tool', tool_call_id: toolCallId(given), output: copyOf(given, 'output') ?? null }
}

export function approval(given: unknown): SendInput {
  const approved = copyOf(given, 'approved')
  if (!isBoolean(approved)) throw invalid('approved', 'it is neither true nor false')
  return { kind: 'tool', tool_call_id: toolCallId(given), approved }
}

function toolCallId(given: unknown): string {
  const id = copyOf(given, 'toolCallId')
  if (!isId(id)) throw invalid('toolCallId', 'it is not an id')
  return id
}

/** What JSON makes of a field: nobody can change it later, and nothing in it can throw, run or refer to itself. */
function copyOf(given: unknown, field: string): unknown {
  try {
    const value = (given as Record<string, unknown>)[field]
    return value === undefined ? value : JSON.parse(JSON.stringify(value))
  } catch {
    throw invalid(field, 'it is not JSON')
  }
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
