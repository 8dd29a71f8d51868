import type { SendInput, WireMessage } from '../protocol/events.js'
import { isBoolean, isId, isObject, isString, isTime, object, oneOf, optional } from '../protocol/is.js'
import { isMessage } from '../protocol/is-message.js'

/** An intent as it is stored from before its first send until its task is over. */
export interface StoredIntent {
  readonly version: 1
  /** Who sent it: it is never loaded for, or sent by, another. */
  readonly identity: string
  /** Of one tab; when that is gone, another one takes it over as a whole. */
  readonly queue: string
  readonly conversationId: string
  readonly taskId: string
  readonly input: SendInput
  /** When the person acted, or asked for it again. ISO 8601. */
  readonly createdAt: string
  /** The person has stopped it, and the server may have it: a later page tells the server, and sends nothing. */
  readonly stopped?: boolean
}

/** What tells an intent from every other one. */
export type IntentKey = Pick<StoredIntent, 'identity' | 'queue' | 'taskId'>

// What only a server may say of a message is not believed of one that was never sent.
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
  queue: isId,
  conversationId: isId,
  taskId: isId,
  input: isInput,
  createdAt: isTime,
  stopped: optional(isBoolean),
})

/** Whether what a storage gave is an intent of this version: it may be of another one, or damaged. */
export const isStoredIntent = (value: unknown): value is StoredIntent => isObject(value) && hasForm(value)
