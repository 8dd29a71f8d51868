import type {
  Author,
  ErrorCategoryCode,
  ErrorEvent,
  TaskState,
  UnknownWirePart,
  WireMessage,
  WirePart,
} from './events.js'
import {
  type Check,
  type Fields,
  integer,
  isArray,
  isBoolean,
  isCount,
  isDefined,
  isId,
  isKeyOf,
  isObject,
  isOrdinal,
  isString,
  isTime,
  object,
  oneOf,
  optional,
} from './is.js'

const maxParts = 10_000

/** Bounded, because otherwise one bad event could make a reader build an array of any length. */
export const isPartIndex = integer(0, maxParts - 1)

export const isErrorCategory = oneOf<ErrorCategoryCode>(
  'temporary',
  'auth',
  'validation',
  'system',
  'unknown',
)

export const isTaskState = oneOf<TaskState>('queued', 'running', 'finished', 'stopped', 'failed')

export const errorFields: Fields<ErrorEvent> = {
  type: oneOf('error'),
  error: isString,
  error_code: isErrorCategory,
  retryable: isBoolean,
  timestamp: isTime,
  code: optional(isId),
  task_id: optional(isId),
  attempt: optional(isOrdinal),
  retry_after_ms: optional(integer(-1)),
  correlation_id: optional(isId),
}

export const isErrorEvent = object(errorFields)

type PartBody<K extends WirePart['type']> = Omit<Extract<WirePart, { type: K }>, 'type'>

const isText = object<PartBody<'text'>>({ text: isString })

const knownParts: { readonly [K in WirePart['type']]: Check<PartBody<K>> } = {
  text: isText,
  reasoning: isText,
  // `input` and `output` may be any JSON, so there is nothing to check.
  tool: object<Omit<PartBody<'tool'>, 'input' | 'output'>>({
    tool_call_id: isId,
    name: isString,
    state: oneOf('streaming', 'input', 'approval', 'running', 'output', 'error', 'denied'),
    input_text: optional(isString),
    error: optional(isString),
    reason: optional(isString),
  }),
  file: object<PartBody<'file'>>({
    url: isString,
    media_type: isString,
    name: optional(isString),
    size: optional(isCount),
  }),
  source: object<PartBody<'source'>>({
    url: optional(isString),
    title: optional(isString),
    media_type: optional(isString),
    snippet: optional(isString),
  }),
  data: object<PartBody<'data'>>({ name: isString, value: isDefined }),
}

export const isPart = (value: unknown): value is WirePart | UnknownWirePart =>
  isObject(value) && (isKeyOf(knownParts, value.type) ? knownParts[value.type](value) : isString(value.type))

/** How many parts a person's message may have. */
export const maxUserParts = 100

/** The parts that a person's message may hold: all others come from the server only. */
export const isUserPart = (value: unknown): value is WirePart =>
  isPart(value) && oneOf('text', 'file', 'data')(value.type)

export const isAuthor = object<Author>({ id: isId, name: optional(isString) })

export const isMessage = object<WireMessage>({
  id: isId,
  role: oneOf('user', 'assistant', 'system'),
  parts: (value): value is WireMessage['parts'] =>
    isArray(value) && value.length <= maxParts && value.every(isPart),
  created_at: isTime,
  author: optional(isAuthor),
  metadata: optional(isObject),
  status: optional(oneOf('streaming', 'complete', 'stopped', 'failed')),
  task_id: optional(isId),
  attempt: optional(isOrdinal),
  error: optional(isErrorEvent),
  finish_reason: optional(isString),
})
