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

/** Its place in the log is known, its content is not understood: the cursor moves over it. */
export interface SkippedEvent {
  type: 'skip'
  /** The event as it came; only these fields are certain. */
  envelope: EventEnvelope & { type: string }
  /** Whether this version knows the type, so that something it should have shown is missing. */
  known: boolean
  /** The first field that was not understood; `type` where that is unknown. */
  field: string
}

/** Not an event of a log at all: to be logged and dropped. */
export interface InvalidEvent {
  type: 'invalid'
  /** The first envelope field that is missing or wrong; `event` where it was no object. */
  field: string
}

/**
 * An event that decodes is handed on itself, without a wrapper, since deltas come by the thousand. So `type` alone
 * tells all cases apart: an event that calls itself `skip` or `invalid` on the wire has an unknown type, and is skipped.
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
  finish: { ...answer, finish_reason: optional(isString), metadata: optional(isObject) },
  stop: { task_id: isId, message_id: optional(isId) },
  error: { ...errorFields, task_id: isId, attempt: isOrdinal, message_id: optional(isId) },
}

type Delta = Extract<ChatEvent, { type: 'delta' }>

/**
 * What the tables say of a delta, by name: engines read fields that are named in the code about ten times as fast as
 * fields whose names they are given, and deltas come by the thousand.
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

/** Never throws. The event that it returns is the value that it was given. */
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

/** What one `chat:event` push carries: an event, or an array of them in the order of their offsets. */
export const decodeEvents = (payload: unknown): DecodedEvent[] =>
  isArray(payload) ? payload.map(decodeEvent) : [decodeEvent(payload)]
