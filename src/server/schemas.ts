import * as v from 'valibot'

/**
 * Wire protocol v1 as schemas: what the server accepts from clients, and what it may say itself. They are written
 * without a look at the SDK's decoders, and a property test holds the two against each other.
 */

const ofLength = (max: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(max))
const wholeFrom = (min: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(min))

export const IdSchema = ofLength(128)

/** An id that a client makes. Half of a surrogate pair has no UTF-8, so two such ids would be one in a store that keeps UTF-8. */
const RequestIdSchema = v.pipe(
  IdSchema,
  v.check((id) => !/\p{Surrogate}/u.test(id), 'expected well-formed text'),
)
const TimeSchema = ofLength(64)
const OffsetSchema = wholeFrom(0)
const OrdinalSchema = wholeFrom(1)
const MillisecondsSchema = wholeFrom(0)

// valibot's own object and record schemas take arrays, and leave out keys such as "constructor".
const JsonObjectSchema = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
)

export const PositionSchema = v.looseObject({ epoch: IdSchema, offset: OffsetSchema })

// ---- errors

export const ErrorCategorySchema = v.picklist(['temporary', 'auth', 'validation', 'system', 'unknown'])

const errorEntries = {
  type: v.literal('error'),
  error: v.string(),
  error_code: ErrorCategorySchema,
  retryable: v.boolean(),
  timestamp: TimeSchema,
  code: v.exactOptional(IdSchema),
  task_id: v.exactOptional(IdSchema),
  attempt: v.exactOptional(OrdinalSchema),
  retry_after_ms: v.exactOptional(wholeFrom(-1)),
  correlation_id: v.exactOptional(IdSchema),
}

export const ErrorEventSchema = v.looseObject(errorEntries)

// ---- messages

const TextPartSchema = v.looseObject({ type: v.literal('text'), text: v.string() })
const FilePartSchema = v.looseObject({
  type: v.literal('file'),
  url: v.string(),
  media_type: v.string(),
  name: v.exactOptional(v.string()),
  size: v.exactOptional(wholeFrom(0)),
})
const DataPartSchema = v.looseObject({ type: v.literal('data'), name: v.string(), value: v.unknown() })

const KnownPartSchema = v.variant('type', [
  TextPartSchema,
  v.looseObject({ type: v.literal('reasoning'), text: v.string() }),
  v.looseObject({
    type: v.literal('tool'),
    tool_call_id: IdSchema,
    name: v.string(),
    state: v.picklist(['streaming', 'input', 'approval', 'running', 'output', 'error', 'denied']),
    input_text: v.exactOptional(v.string()),
    input: v.exactOptional(v.unknown()),
    output: v.exactOptional(v.unknown()),
    error: v.exactOptional(v.string()),
    reason: v.exactOptional(v.string()),
  }),
  FilePartSchema,
  v.looseObject({
    type: v.literal('source'),
    url: v.exactOptional(v.string()),
    title: v.exactOptional(v.string()),
    media_type: v.exactOptional(v.string()),
    snippet: v.exactOptional(v.string()),
  }),
  DataPartSchema,
])

const UnknownPartSchema = v.looseObject({ type: v.string() })

const knownPartTypes: unknown[] = ['text', 'reasoning', 'tool', 'file', 'source', 'data']
const isKnownPart = (part: unknown) =>
  typeof part === 'object' && part !== null && 'type' in part && knownPartTypes.includes(part.type)

/** A type that is not known is kept as it came; one that is known must be right. */
export const PartSchema = v.lazy((part) => (isKnownPart(part) ? KnownPartSchema : UnknownPartSchema))
const PartIndexSchema = v.pipe(wholeFrom(0), v.maxValue(9_999))

const AuthorSchema = v.looseObject({ id: IdSchema, name: v.exactOptional(v.string()) })

const listOf = <const Item extends v.GenericSchema>(item: Item, min: number, max: number) =>
  v.pipe(
    // The length first: a long list must not cost the checks of all its entries.
    v.custom<unknown[]>((value) => Array.isArray(value) && value.length >= min && value.length <= max),
    v.array(item),
  )

const messageEntries = {
  id: IdSchema,
  created_at: TimeSchema,
  metadata: v.exactOptional(JsonObjectSchema),
}

export const MessageSchema = v.looseObject({
  ...messageEntries,
  role: v.picklist(['user', 'assistant', 'system']),
  parts: listOf(PartSchema, 0, 10_000),
  author: v.exactOptional(AuthorSchema),
  status: v.exactOptional(v.picklist(['streaming', 'complete', 'stopped', 'failed'])),
  task_id: v.exactOptional(IdSchema),
  attempt: v.exactOptional(OrdinalSchema),
  error: v.exactOptional(ErrorEventSchema),
  finish_reason: v.exactOptional(v.string()),
})

const Absent = v.exactOptional(v.never())
// A server stores under this name what only it may know, so a client must not fill it in.
const isPublic = { private: Absent }

const UserPartSchema = v.variant('type', [
  v.looseObject({ ...TextPartSchema.entries, ...isPublic }),
  v.looseObject({ ...FilePartSchema.entries, ...isPublic }),
  v.looseObject({ ...DataPartSchema.entries, ...isPublic }),
])

/**
 * A person's message as a client may send it. Tool calls, reasoning and sources come from the server only: a call that a
 * person's message could hold would be run as if the model had made it. So do the author and what stands only in a snapshot.
 */
export const UserMessageSchema = v.looseObject({
  ...messageEntries,
  id: RequestIdSchema,
  role: v.literal('user'),
  parts: listOf(UserPartSchema, 1, 100),
  author: Absent,
  status: Absent,
  task_id: Absent,
  attempt: Absent,
  error: Absent,
  finish_reason: Absent,
})

// ---- events

const envelopeEntries = {
  conversation_id: IdSchema,
  epoch: IdSchema,
  offset: OrdinalSchema,
  timestamp: TimeSchema,
  task_id: v.exactOptional(IdSchema),
}
const ofTask = { ...envelopeEntries, task_id: IdSchema }
const ofAnswer = { ...ofTask, message_id: IdSchema }

/** The fields of every event, whatever its type. */
export const EnvelopeSchema = v.looseObject({ ...envelopeEntries, type: v.string() })

export const ChatEventSchema = v.variant('type', [
  v.looseObject({ ...envelopeEntries, type: v.literal('message'), message: MessageSchema }),
  v.looseObject({ ...envelopeEntries, type: v.literal('truncate'), from_message_id: IdSchema }),
  v.looseObject({ ...ofAnswer, type: v.literal('start'), attempt: OrdinalSchema }),
  v.looseObject({ ...ofAnswer, type: v.literal('delta'), part: PartIndexSchema, text: v.string() }),
  v.looseObject({ ...ofAnswer, type: v.literal('part'), part: PartIndexSchema, value: PartSchema }),
  v.looseObject({
    ...ofTask,
    type: v.literal('retry'),
    try: OrdinalSchema,
    max_tries: OrdinalSchema,
    delay_ms: MillisecondsSchema,
    error_code: ErrorCategorySchema,
    code: v.exactOptional(IdSchema),
  }),
  v.looseObject({ ...ofAnswer, type: v.literal('meta'), metadata: JsonObjectSchema }),
  v.looseObject({
    ...ofTask,
    type: v.literal('finish'),
    message_id: v.exactOptional(IdSchema),
    finish_reason: v.exactOptional(v.string()),
    metadata: v.exactOptional(JsonObjectSchema),
  }),
  v.looseObject({ ...ofTask, type: v.literal('stop'), message_id: v.exactOptional(IdSchema) }),
  v.looseObject({
    ...errorEntries,
    ...ofTask,
    attempt: OrdinalSchema,
    message_id: v.exactOptional(IdSchema),
  }),
])

export const ClosingNoticeSchema = v.looseObject({ reconnect_spread_ms: MillisecondsSchema })

// ---- requests

export const HandshakeAuthSchema = v.looseObject({
  protocol: v.literal(1),
  token: v.exactOptional(ofLength(8_192)),
})

const LimitSchema = v.exactOptional(OrdinalSchema)
const taskEntries = { conversation_id: RequestIdSchema, task_id: RequestIdSchema }

export const SendInputSchema = v.variant('kind', [
  v.looseObject({ kind: v.literal('message'), message: UserMessageSchema }),
  v.looseObject({ kind: v.literal('regenerate'), message_id: RequestIdSchema }),
  v.looseObject({ kind: v.literal('edit'), message_id: RequestIdSchema, message: UserMessageSchema }),
  v.pipe(
    v.looseObject({
      kind: v.literal('tool'),
      tool_call_id: RequestIdSchema,
      output: v.exactOptional(v.unknown()),
      error: v.exactOptional(v.string()),
      approved: v.exactOptional(v.boolean()),
      reason: v.exactOptional(v.string()),
    }),
    v.check(
      (input) => ['output', 'error', 'approved'].filter((name) => Object.hasOwn(input, name)).length === 1,
      'expected exactly one of output, error and approved',
    ),
    v.check(
      (input) => Object.hasOwn(input, 'approved') || !Object.hasOwn(input, 'reason'),
      'expected a reason only beside approved',
    ),
  ),
])

export const JoinRequestSchema = v.looseObject({
  conversation_id: RequestIdSchema,
  after: v.nullable(PositionSchema),
  limit: LimitSchema,
})
export const SendRequestSchema = v.looseObject({ ...taskEntries, input: SendInputSchema })
export const RetryRequestSchema = v.looseObject({ ...taskEntries, attempt: OrdinalSchema })
export const StopRequestSchema = v.looseObject(taskEntries)
export const HistoryRequestSchema = v.looseObject({
  conversation_id: RequestIdSchema,
  before: RequestIdSchema,
  limit: LimitSchema,
})
export const LeaveRequestSchema = v.looseObject({ conversation_id: RequestIdSchema })
export const BroadcastRequestSchema = v.looseObject({
  conversation_id: RequestIdSchema,
  name: RequestIdSchema,
  value: v.unknown(),
})

/** The schema of each request's payload, by the name of its Socket.IO event. */
export const requestSchemas = {
  'chat:join': JoinRequestSchema,
  'chat:send': SendRequestSchema,
  'chat:retry': RetryRequestSchema,
  'chat:stop': StopRequestSchema,
  'chat:history': HistoryRequestSchema,
  'chat:leave': LeaveRequestSchema,
  'chat:broadcast': BroadcastRequestSchema,
}

// ---- answers

export const TaskStateSchema = v.picklist(['queued', 'running', 'finished', 'stopped', 'failed'])

export const SnapshotTaskSchema = v.looseObject({
  task_id: IdSchema,
  attempt: OrdinalSchema,
  state: TaskStateSchema,
  message_id: v.exactOptional(IdSchema),
  error: v.exactOptional(ErrorEventSchema),
})

export const SnapshotSchema = v.looseObject({
  messages: v.array(MessageSchema),
  offset: OffsetSchema,
  has_older: v.boolean(),
  tasks: v.array(SnapshotTaskSchema),
})

const okEntries = { ok: v.literal(true), epoch: IdSchema, offset: OffsetSchema }

export const RefusedAnswerSchema = v.looseObject({ ok: v.literal(false), error: ErrorEventSchema })

export const JoinAnswerSchema = v.looseObject({
  ...okEntries,
  events: v.array(v.unknown()),
  snapshot: v.nullable(SnapshotSchema),
  limits: v.looseObject({ max_message_bytes: OrdinalSchema }),
  reconnect_spread_ms: v.exactOptional(MillisecondsSchema),
})

/** Answers `chat:send` and `chat:retry`. */
export const SendAnswerSchema = v.looseObject({
  ...okEntries,
  duplicate: v.boolean(),
  attempt: OrdinalSchema,
  state: TaskStateSchema,
})

export const StopAnswerSchema = v.looseObject({ ...okEntries, stopped: v.boolean() })

export const HistoryAnswerSchema = v.looseObject({
  ...okEntries,
  messages: v.array(MessageSchema),
  has_older: v.boolean(),
})

export const LeaveAnswerSchema = v.looseObject({ ok: v.literal(true) })
export const BroadcastAnswerSchema = v.looseObject({ ok: v.literal(true) })

/** The payload that the server pushes as `chat:broadcast`. */
export const BroadcastSchema = v.looseObject({
  conversation_id: IdSchema,
  name: IdSchema,
  value: v.unknown(),
  from: v.exactOptional(AuthorSchema),
})

/** The first field that a failed check names, as a path: `input.message.parts.0.text`. Undefined for the payload itself. */
export const badFieldOf = (issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]) =>
  v.getDotPath(issues[0]) ?? undefined
