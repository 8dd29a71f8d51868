import { nanoid } from 'nanoid'
import { AppError } from '../errors/app-error.js'
import type { ChatMessage, ChatPart, UserPart } from '../message/message.js'
import { partToWire } from '../message/wire-message.js'
import type { SendInput, WireMessage } from '../protocol/events.js'
import { isBoolean, isId, isObject, isString } from '../protocol/is.js'
import { isMessage, isUserPart, maxUserParts } from '../protocol/is-message.js'
import { refuseUnknown } from '../shared/check-option.js'

/** A person's message. In development a field of another name is refused; in production such a field is ignored. */
export interface MessageInput {
  /** Becomes the first part. */
  readonly text?: string | undefined
  /** At most 100, with the text. */
  readonly parts?: readonly UserPart[] | undefined
  /** Carried along and stored as it is; JSON. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

const messageFields = ['text', 'parts', 'metadata']

// The functions below check input from the app: each throws AppError `invalid_message`, which names the field.

/** A person's message as it goes over the wire: a copy, which no one can change any more. */
export function userMessage(given: unknown, now: number): WireMessage {
  if (typeof given !== 'string' && !isObject(given)) throw invalid('message', 'a text or an object')
  const fields = typeof given === 'string' ? { text: given } : given
  refuseUnknown('', fields, messageFields, {
    // `files`, say, which would be lost without a word.
    refusal: (field) => invalid(field, `no such field, only ${messageFields.join(', ')}`),
  })
  const text = copyOf(fields, 'text') ?? ''
  if (typeof text !== 'string') throw invalid('text', 'a string')
  const more = copyOf(fields, 'parts') ?? []
  if (!Array.isArray(more)) throw invalid('parts', 'an array')
  const parts = more.map((part: unknown, index) => {
    const wire = isObject(part) ? partToWire(part as unknown as ChatPart) : part
    if (!isUserPart(wire)) throw invalid(`parts[${index}]`, 'a text, file or data part')
    return wire
  })
  if (text.trim() !== '') parts.unshift({ type: 'text', text })
  if (parts.length === 0) throw invalid('text', 'a text or parts')
  if (parts.length > maxUserParts) throw invalid('parts', `at most ${maxUserParts}`)
  const message: WireMessage = { id: nanoid(), role: 'user', parts, created_at: new Date(now).toISOString() }
  const metadata = copyOf(fields, 'metadata')
  if (metadata === undefined) return message
  const extended = { ...message, metadata }
  if (!isMessage(extended)) throw invalid('metadata', 'an object')
  return extended
}

/** The message that takes the place of `before`: files, data and metadata stay unless they are replaced. */
export function editedMessage(given: unknown, before: ChatMessage | undefined, now: number): WireMessage {
  const fields = typeof given === 'string' ? { text: given } : given
  if (!isObject(fields) || !before) return userMessage(given, now)
  const { text, parts = before.parts.filter(({ type }) => type !== 'text' || text === undefined) } = fields
  const { metadata = before.metadata } = fields
  return userMessage({ text, parts, metadata }, now)
}

/** The message that a regeneration names; undefined if it names none. */
export function targetOf(given: unknown): unknown {
  if (given === undefined || given === null) return undefined
  // An id alone, taken for none, would remove another answer than the one that was meant.
  if (!isObject(given)) throw invalid('target', 'an object with a messageId')
  return given.messageId
}

/** `edit`, and `regenerate` if there is no message to put in the place. */
export function replacement(messageId: unknown, message?: WireMessage): SendInput {
  if (!isId(messageId)) throw invalid('messageId', 'an id')
  return message
    ? { kind: 'edit', message_id: messageId, message }
    : { kind: 'regenerate', message_id: messageId }
}

export function toolOutput(given: unknown): SendInput {
  const call = { kind: 'tool', tool_call_id: toolCallId(given) } as const
  const error = textOf(given, 'error')
  if (error === undefined) return { ...call, output: copyOf(given, 'output') ?? null }
  if (copyOf(given, 'output') !== undefined) throw invalid('error', 'no output beside it')
  return { ...call, error }
}

export function approval(given: unknown): SendInput {
  const approved = copyOf(given, 'approved')
  if (!isBoolean(approved)) throw invalid('approved', 'true or false')
  const reason = textOf(given, 'reason')
  const answer = { kind: 'tool', tool_call_id: toolCallId(given), approved } as const
  return reason === undefined ? answer : { ...answer, reason }
}

function textOf(given: unknown, field: string): string | undefined {
  const text = copyOf(given, field)
  if (text !== undefined && !isString(text)) throw invalid(field, 'a string')
  return text
}

function toolCallId(given: unknown): string {
  const id = copyOf(given, 'toolCallId')
  if (!isId(id)) throw invalid('toolCallId', 'an id')
  return id
}

/** The field as JSON: no caller can change the copy later, and the copy cannot throw, run or refer to itself. */
function copyOf(given: unknown, field: string): unknown {
  try {
    const value = (given as Record<string, unknown>)[field]
    return value === undefined ? value : JSON.parse(JSON.stringify(value))
  } catch {
    throw invalid(field, 'JSON')
  }
}

const invalid = (field: string, expected: string) =>
  new AppError({
    code: 'invalid_message',
    message: `unable to send the message; ${field}: expected ${expected}`,
    details: { field },
  })

// Bytes that a request adds to its input, generously.
const maxEnvelope = 512

export interface InputBounds {
  /** Messages that wait already, and how many may. */
  readonly waiting: number
  readonly maxQueued: number
  /** Bytes of an input. */
  readonly maxBytes: number
  /** Bytes of one packet; undefined if the server has not said so. */
  readonly maxPayload: number | undefined
}

/** @throws AppError `queue_full`, `message_too_large` */
export function checkInput(
  input: SendInput,
  { waiting, maxQueued, maxBytes, maxPayload }: InputBounds,
): void {
  if (waiting >= maxQueued)
    throw new AppError({ code: 'queue_full', message: `unable to send; ${maxQueued} messages wait already` })
  const most = Math.min(maxBytes, (maxPayload ?? Infinity) - maxEnvelope)
  // The server's limit counts the UTF-8 bytes of compact JSON.
  if (new TextEncoder().encode(JSON.stringify(input)).length <= most) return
  const message = `unable to send; the message is larger than ${most} bytes`
  throw new AppError({ code: 'message_too_large', message })
}
