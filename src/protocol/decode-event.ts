import type { ChatEvent, EventEnvelope } from './events.js'
import {
  badField,
  type Fields,
  isArray,
  isCount,
  isId,
  isKeyOf,
  isObject,
  isOrdinal,
  isString,
  isTime,
  optional,
} from './is.js'
import { errorFields, isErrorCategory, isMessage, isPart, isPartIndex } from './is-message.js'

/** An event with a valid envelope that this version does not understand: the cursor moves over it. */
export interface SkippedEvent {
  type: 'skip'
  /** The event itself. Only these fields were checked. */
  envelope: EventEnvelope & { type: string }
  /** Whether this version knows the type. If it does, something that should be shown is missing. */
  known: boolean
  /** The first bad field; `type` if the type is unknown. */
  field: string
}

/** Not an event: the client logs and drops it. */
export interface InvalidEvent {
  type: 'invalid'
  /** The first bad field of the envelope; `event` if the value is no object. */
  field: string
}

/**
 * A valid event is passed on without a wrapper, because deltas come by the thousand. `type` alone tells the cases apart: an
 * event whose type on the wire is `skip` or `invalid` has an unknown type and is skipped.
 */
export type DecodedEvent = ChatEvent | SkippedEvent | InvalidEvent

const envelopeFields: Fields<EventEnvelope & { type: string }> = {
  conversation_id: isId,
  epoch: isId,
  offset: isOrdinal,
  timestamp: isTime,
  task_id: optional(isId),
  type: isString,
}

type EventType = ChatEvent['type']
type Body<K extends EventType> = Omit<
  Extract<ChatEvent, { type: K }>,
  Exclude<keyof EventEnvelope, 'task_id'> | 'type'
>

const answer = { task_id: isId, message_id: isId }

const bodies: { readonly [K in EventType]: Fields<Body<K>> } = {
  message: { task_id: optional(isId), message: isMessage },
  truncate: { task_id: optional(isId), from_message_id: isId },
  start: { ...answer, attempt: isOrdinal },
  delta: { ...answer, part: isPartIndex, text: isString },
  part: { ...answer, part: isPartIndex, value: isPart },
  retry: {
    task_id: isId,
    try: isOrdinal,
    max_tries: isOrdinal,
    delay_ms: isCount,
    error_code: isErrorCategory,
    code: optional(isId),
  },
  meta: { ...answer, metadata: isObject },
  finish: {
    task_id: isId,
    message_id: optional(isId),
    finish_reason: optional(isString),
    metadata: optional(isObject),
  },
  stop: { task_id: isId, message_id: optional(isId) },
  error: { ...errorFields, task_id: isId, attempt: isOrdinal, message_id: optional(isId) },
}

type Delta = Extract<ChatEvent, { type: 'delta' }>

/**
 * The same checks as in the tables, written out for deltas: engines read a field that the code names about ten times as
 * fast as one whose name is a variable, and deltas come by the thousand.
 */
const isDelta = (event: Partial<Delta>): event is Delta =>
  event.type === 'delta' &&
  isId(event.conversation_id) &&
  isId(event.epoch) &&
  isOrdinal(event.offset) &&
  isTime(event.timestamp) &&
  isId(event.task_id) &&
  isId(event.message_id) &&
  isPartIndex(event.part) &&
  isString(event.text)

/** Never throws. A valid event is returned itself, not a copy. */
export function decodeEvent(value: unknown): DecodedEvent {
  if (!isObject(value)) return { type: 'invalid', field: 'event' }
  if (isDelta(value)) return value
  const missing = badField(value, envelopeFields)
  if (missing) return { type: 'invalid', field: missing }
  const { type } = value
  const known = isKeyOf(bodies, type)
  const field = known ? badField(value, bodies[type]) : 'type'
  return field
    ? { type: 'skip', envelope: value as unknown as SkippedEvent['envelope'], known, field }
    : (value as unknown as ChatEvent)
}

/** The payload of a `chat:event` push: one event, or an array of events in the order of their offsets. */
export const decodeEvents = (payload: unknown): DecodedEvent[] =>
  isArray(payload) ? payload.map(decodeEvent) : [decodeEvent(payload)]
