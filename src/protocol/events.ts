/**
 * The wire types of protocol v1, as JSON carries them: snake_case, ids of 1 to 128 characters, times in ISO 8601.
 * `docs/protocol.md` describes them; the functions of `decode.ts` check every value that comes from the wire.
 */

export const PROTOCOL_VERSION = 1

/** A place in a conversation's log: offsets count from 1 within one epoch; 0 is the place before the first event. */
export interface Position {
  readonly epoch: string
  readonly offset: number
}

/** The most that the `value` of a broadcast may measure: UTF-8 bytes of its compact JSON. */
export const MAX_BROADCAST_BYTES = 4_096

export type WireToolState = 'streaming' | 'input' | 'approval' | 'running' | 'output' | 'error' | 'denied'

export type WirePart =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | {
      type: 'tool'
      tool_call_id: string
      name: string
      state: WireToolState
      /** The input's text as the model writes it, usually JSON. Grows by `delta` in the state `streaming`. */
      input_text?: string
      input?: unknown
      output?: unknown
      error?: string
      /** Why a person approved or denied the call. */
      reason?: string
    }
  | { type: 'file'; url: string; media_type: string; name?: string; size?: number }
  | { type: 'source'; url?: string; title?: string; media_type?: string; snippet?: string }
  | { type: 'data'; name: string; value: unknown }

/** A part whose type this version does not know. It is kept unchanged and not rendered. */
export interface UnknownWirePart {
  type: string
  [field: string]: unknown
}

export type Role = 'user' | 'assistant' | 'system'

export interface Author {
  id: string
  name?: string | undefined
}

export type WireMessageStatus = 'streaming' | 'complete' | 'stopped' | 'failed'

export interface WireMessage {
  id: string
  role: Role
  parts: (WirePart | UnknownWirePart)[]
  created_at: string
  author?: Author
  metadata?: Record<string, unknown>
  /** This and the next four are present only in a snapshot or in history. */
  status?: WireMessageStatus
  task_id?: string
  attempt?: number
  error?: ErrorEvent
  /** Why the answer ended, in the words of the server's model. */
  finish_reason?: string
}

export type ErrorCategoryCode = 'temporary' | 'auth' | 'validation' | 'system' | 'unknown'

/** The shape of every failure on the wire: in a push, in an acknowledgement, in a refused handshake's `data`. */
export interface ErrorEvent {
  type: 'error'
  /** A text fit to show to a person. */
  error: string
  error_code: ErrorCategoryCode
  retryable: boolean
  timestamp: string
  code?: string
  task_id?: string
  attempt?: number
  /** A retry must wait at least so many milliseconds; -1: only a person may retry. */
  retry_after_ms?: number
  correlation_id?: string
}

export type SendInput =
  | { kind: 'message'; message: WireMessage }
  | { kind: 'regenerate'; message_id: string }
  | { kind: 'edit'; message_id: string; message: WireMessage }
  /** Exactly one of `output`, `error` and `approved`; `reason` only beside `approved`. */
  | {
      kind: 'tool'
      tool_call_id: string
      output?: unknown
      error?: string
      approved?: boolean
      reason?: string
    }

export interface EventEnvelope {
  conversation_id: string
  epoch: string
  offset: number
  timestamp: string
  task_id?: string
}

export type ChatEvent = EventEnvelope &
  (
    | { type: 'message'; message: WireMessage }
    | { type: 'truncate'; from_message_id: string }
    | { type: 'start'; task_id: string; message_id: string; attempt: number }
    | { type: 'delta'; task_id: string; message_id: string; part: number; text: string }
    | { type: 'part'; task_id: string; message_id: string; part: number; value: WirePart | UnknownWirePart }
    | {
        type: 'retry'
        task_id: string
        try: number
        max_tries: number
        delay_ms: number
        error_code: ErrorCategoryCode
        /** The finer reason, by which the client chooses its text. */
        code?: string
      }
    | { type: 'meta'; task_id: string; message_id: string; metadata: Record<string, unknown> }
    | {
        type: 'finish'
        task_id: string
        /** Absent if the task ended without an answer of its own: other calls of the message still wait. */
        message_id?: string
        finish_reason?: string
        metadata?: Record<string, unknown>
      }
    | { type: 'stop'; task_id: string; message_id?: string }
    | (ErrorEvent & { task_id: string; attempt: number; message_id?: string })
  )

export type TaskState = 'queued' | 'running' | 'finished' | 'stopped' | 'failed'

export interface SnapshotTask {
  task_id: string
  attempt: number
  state: TaskState
  message_id?: string
  error?: ErrorEvent
}

export interface Snapshot {
  messages: WireMessage[]
  offset: number
  has_older: boolean
  /** Every task that is queued, running or failed. */
  tasks: SnapshotTask[]
}

export interface JoinRequest {
  conversation_id: string
  after: Position | null
  /** The most messages that a snapshot should hold. */
  limit?: number
}

export interface JoinAnswer extends Position {
  ok: true
  /** Not decoded yet. Each is decoded alone, so one bad event does not cost the others. */
  events: unknown[]
  snapshot: Snapshot | null
  limits: { max_message_bytes: number }
  reconnect_spread_ms?: number
}

export interface SendRequest {
  conversation_id: string
  task_id: string
  input: SendInput
}

export interface RetryRequest {
  conversation_id: string
  task_id: string
  attempt: number
}

/** Answers `chat:send` and `chat:retry`. */
export interface SendAnswer extends Position {
  ok: true
  duplicate: boolean
  attempt: number
  state: TaskState
}

export interface StopRequest {
  conversation_id: string
  task_id: string
}

export interface StopAnswer extends Position {
  ok: true
  stopped: boolean
}

export interface HistoryRequest {
  conversation_id: string
  /** A message's id. */
  before: string
  limit?: number
}

export interface HistoryAnswer extends Position {
  ok: true
  messages: WireMessage[]
  has_older: boolean
}

export interface LeaveRequest {
  conversation_id: string
}

export interface LeaveAnswer {
  ok: true
}

export interface BroadcastRequest {
  conversation_id: string
  name: string
  value: unknown
}

export interface BroadcastAnswer {
  ok: true
}

/** A push of `chat:broadcast`. It has no offset, and is stored nowhere. */
export interface Broadcast {
  conversation_id: string
  name: string
  value: unknown
  /** The sender; absent if the server itself sent it. */
  from?: Author
}

export interface RefusedAnswer {
  ok: false
  error: ErrorEvent
}

/** The handshake's `auth`. */
export interface HandshakeAuth {
  protocol: typeof PROTOCOL_VERSION
  token?: string
}

/** The payload of `chat:closing`: the server is about to shut down as planned. */
export interface ClosingNotice {
  /** Milliseconds over which clients spread their return. */
  reconnect_spread_ms: number
}
