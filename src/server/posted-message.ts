import * as v from 'valibot'
import type { ChatPart } from '../message/message.js'
import { partToWire } from '../message/wire-message.js'
import type { Author, Role } from '../protocol/events.js'
import { isObject } from '../protocol/is.js'
import { storedBounds } from './answer-chunk.js'
import { isFlatJson } from './is-flat-json.js'
import { refusals } from './refusals.js'
import { badFieldOf, MessageSchema } from './schemas.js'
import type { StoredMessage } from './store/stored-event.js'

/** A message of the app's own. */
export interface PostedMessage {
  /** A message whose id is there already is not added again. @default a new one */
  readonly id?: string
  readonly role: Role
  readonly parts: readonly ChatPart[]
  readonly author?: Author
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface Posting {
  readonly createId: () => string
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  /** Of the message's JSON at most: a larger one could be stored, and its conversation never be joined again. */
  readonly maxBytes: number
}

/**
 * A message of the app's own as it is stored: a copy, and checked, because pages leave out a message that they cannot read,
 * and values that nest too deeply would end each later answer of the conversation.
 *
 * @throws TypeError that names the field; AppError `message_too_large`.
 */
export function postedMessage(
  { id, role, parts, author, metadata }: PostedMessage,
  { createId, now, maxBytes }: Posting,
): StoredMessage {
  const json = JSON.stringify({
    id: id ?? createId(),
    role,
    parts: Array.isArray(parts)
      ? parts.map((part) => (isObject(part) ? partToWire(part as unknown as ChatPart) : part))
      : parts,
    created_at: new Date(now).toISOString(),
    author,
    metadata,
  })
  const bytes = Buffer.byteLength(json)
  if (bytes > maxBytes) throw refusals.messageTooLarge(bytes, maxBytes)
  const message: unknown = JSON.parse(json)
  if (!isFlatJson(message, storedBounds)) throw wrong('message nests too deeply')
  const checked = v.safeParse(MessageSchema, message, { abortEarly: true })
  if (!checked.success) throw wrong(`message.${badFieldOf(checked.issues)} is missing or wrong`)
  return message as StoredMessage
}

const wrong = (what: string) => new TypeError(`unable to post; ${what}`)
