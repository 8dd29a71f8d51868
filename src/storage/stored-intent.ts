import type { SendInput, WireMessage } from '../protocol/events.js'
import {
  isBoolean,
  isCount,
  isId,
  isObject,
  isString,
  isTime,
  object,
  oneOf,
  optional,
} from '../protocol/is.js'
import { isMessage } from '../protocol/is-message.js'
import type { NewIntent } from './intent-store.js'

/** An intent as it is stored from before its first send until its task is over. */
export interface StoredIntent extends NewIntent {
  readonly version: 1
  /** The person who sent it. */
  readonly identity: string
  /** The server that it was written for, as `serverKey` names it. */
  readonly server: string
  /** Belongs to one tab. If that tab is gone, another one takes the whole queue over. */
  readonly queue: string
  readonly conversationId: string
  /** The place in its queue: if an intent took two attempts to be stored, a later one was stored before it. @default 0 */
  readonly order?: number
  /** When it is of no use any more, by `limits.maxAge`. ISO 8601. */
  readonly expiresAt?: string
  /** The person has stopped it, and the server may have it: a later page tells the server, and sends nothing. */
  readonly stopped?: boolean
  /**
   * The client that was about to send it, or has: written only before a server that does not recognise a repeat, so that
   * no other page sends it by itself.
   */
  readonly sender?: string
}

/** Tells an intent from every other one. */
export type IntentKey = Pick<StoredIntent, 'identity' | 'server' | 'queue' | 'taskId'>

// Only a server may give a message a status or an error, so a message that was never sent has neither.
const isOwnMessage = (value: unknown): value is WireMessage =>
  isMessage(value) && value.role === 'user' && value.status === undefined && value.error === undefined

type Input<Kind extends SendInput['kind']> = Extract<SendInput, { kind: Kind }>

const isMessageInput = object<Input<'message'>>({ kind: oneOf('message'), message: isOwnMessage })
const isEditInput = object<Input<'edit'>>({ kind: oneOf('edit'), message_id: isId, message: isOwnMessage })
const isRegenerateInput = object<Input<'regenerate'>>({ kind: oneOf('regenerate'), message_id: isId })
const isToolInput = object<Omit<Input<'tool'>, 'output'>>({
  kind: oneOf('tool'),
  tool_call_id: isId,
  error: optional(isString),
  approved: optional(isBoolean),
  reason: optional(isString),
})

const isInput = (value: unknown): value is SendInput =>
  isMessageInput(value) || isEditInput(value) || isRegenerateInput(value) || isToolInput(value)

const isName = (value: unknown): value is string => typeof value === 'string' && value !== ''

const hasForm = object<StoredIntent>({
  version: oneOf(1),
  identity: isName,
  server: isName,
  queue: isId,
  conversationId: isId,
  order: optional(isCount),
  taskId: isId,
  input: isInput,
  createdAt: isTime,
  expiresAt: optional(isTime),
  stopped: optional(isBoolean),
  sender: optional(isId),
})

/** Whether a storage's record is an intent of this version: it may be of another version, or damaged. */
export const isStoredIntent = (value: unknown): value is StoredIntent => isObject(value) && hasForm(value)
