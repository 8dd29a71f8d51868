import type {
  ClosingNotice,
  ErrorEvent,
  HistoryAnswer,
  JoinAnswer,
  LeaveAnswer,
  Position,
  RefusedAnswer,
  SendAnswer,
  Snapshot,
  SnapshotTask,
  StopAnswer,
} from './events.js'
import {
  badField,
  type Fields,
  isArray,
  isBoolean,
  isCount,
  isId,
  isObject,
  isOrdinal,
  object,
  oneOf,
  optional,
} from './is.js'
import { isErrorEvent, isMessage, isTaskState } from './is-message.js'

/** How many messages and tasks of an answer were left out because they are invalid. */
export interface Skipped {
  skipped: number
}

const isRefused = object<RefusedAnswer>({ ok: oneOf(false), error: isErrorEvent })

/** Reads the answer to one kind of request. */
export interface DecodeAnswer<T> {
  /** The answer or refusal itself, not a copy; null for anything else, which counts as no acknowledgement. */
  (value: unknown): T | RefusedAnswer | null
  /** The field because of which the answer was read as null, for a message to the developer. */
  badField(value: unknown): string
}

/** @param read what becomes of an answer whose fields are right. */
export function answerDecoder<T, Raw = T>(
  fields: Fields<Raw>,
  read: (raw: Raw) => T | Raw = (raw) => raw,
): DecodeAnswer<T> {
  const check = object(fields)
  const decode = (value: unknown) => {
    if (check(value)) return read(value) as T
    return isRefused(value) ? value : null
  }
  const badFieldOf = (value: unknown) => {
    if (!isObject(value)) return 'answer'
    return value.ok === false ? 'error' : (badField(value, fields) ?? 'answer')
  }
  return Object.assign(decode, { badField: badFieldOf })
}

const okAt: Fields<Position & { ok: true }> = { ok: oneOf(true), epoch: isId, offset: isCount }

const isSnapshotTask = object<SnapshotTask>({
  task_id: isId,
  attempt: isOrdinal,
  state: isTaskState,
  message_id: optional(isId),
  error: optional(isErrorEvent),
})

type WithRaw<T, K extends keyof T> = Omit<T, K> & { [P in K]: unknown[] }

type RawSnapshot = WithRaw<Snapshot, 'messages' | 'tasks'>

const isRawSnapshot = object<RawSnapshot>({
  messages: isArray,
  offset: isCount,
  has_older: isBoolean,
  tasks: isArray,
})

type RawJoin = Omit<JoinAnswer, 'snapshot'> & { snapshot: RawSnapshot | null }

/** Answers `chat:join`. A bad message is left out alone, because the rest of the conversation is still worth showing. */
export const decodeJoinAnswer = answerDecoder<JoinAnswer & Skipped, RawJoin>(
  {
    ...okAt,
    events: isArray,
    snapshot: (value): value is RawSnapshot | null => value === null || isRawSnapshot(value),
    limits: object<JoinAnswer['limits']>({ max_message_bytes: isOrdinal }),
    reconnect_spread_ms: optional(isCount),
  },
  (join) => {
    const { snapshot } = join
    if (!snapshot) return { ...join, snapshot, skipped: 0 }
    const messages = snapshot.messages.filter(isMessage)
    const tasks = snapshot.tasks.filter(isSnapshotTask)
    const kept = messages.length + tasks.length
    const skipped = snapshot.messages.length + snapshot.tasks.length - kept
    return { ...join, snapshot: { ...snapshot, messages, tasks }, skipped }
  },
)

/** Answers `chat:history`. Bad messages are left out, as in a snapshot. */
export const decodeHistoryAnswer = answerDecoder<HistoryAnswer & Skipped, WithRaw<HistoryAnswer, 'messages'>>(
  { ...okAt, messages: isArray, has_older: isBoolean },
  (history) => {
    const messages = history.messages.filter(isMessage)
    return { ...history, messages, skipped: history.messages.length - messages.length }
  },
)

/** Answers `chat:send` and `chat:retry`. */
export const decodeSendAnswer = answerDecoder<SendAnswer>({
  ...okAt,
  duplicate: isBoolean,
  attempt: isOrdinal,
  state: isTaskState,
})

/** Answers `chat:stop`. */
export const decodeStopAnswer = answerDecoder<StopAnswer>({ ...okAt, stopped: isBoolean })

/** Answers `chat:leave`. */
export const decodeLeaveAnswer = answerDecoder<LeaveAnswer>({ ok: oneOf(true) })

/** A refused handshake's `data`. */
export const decodeErrorEvent = (value: unknown): ErrorEvent | null => (isErrorEvent(value) ? value : null)

const isClosing = object<ClosingNotice>({ reconnect_spread_ms: isCount })

/** The payload of `chat:closing`. */
export const decodeClosing = (value: unknown): ClosingNotice | null => (isClosing(value) ? value : null)
