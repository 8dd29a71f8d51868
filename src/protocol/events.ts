/**
 * The wire types of protocol v1, as JSON carries them: snake_case, ids of 1 to 128 characters, times in ISO 8601.
 * `docs/protocol.md` is the description; `decode.ts` is the door through which every one of them comes in.
 */

export const PROTOCOL_VERSION = 1

/** A place in a conversation's log: offsets count from 1 within one epoch; 0 is the place before the first event. */
export interface Position {
  readonly epoch: string
  readonly offset: number
}

export type WireToolState = 'input' | 'approval' | 'running' | 'output' | 'error'

export type WirePart =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | {
      type: 'tool'
      tool_call_id: string
      name: string
      state: WireToolState
      input?: unknown
      output?: unknown
      error?: string
    }
  | { type: 'file'; url: string; media_type: string; name?: string; size?: number }
  | { type: 'data'; name: string; value: unknown }

/** A part whose type this version does not know: kept as it came, not rendered. */
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
  /** The four below stand only in a snapshot or in history. */
  status?: WireMessageStatus
  task_id?: string
  attempt?: number
  error?: ErrorEvent
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
  /** Milliseconds before which nobody retries; -1: never by itself. */
  retry_after_ms?: number
  correlation_id?: string
}

export type SendInput =
  | { kind: 'message'; message: WireMessage }
  | { kind: 'regenerate'; message_id: string }
  | { kind: 'edit'; message_id: string; message: WireMessage }
  | { kind: 'tool'; tool_call_id: string; output?: unknown; approved?: boolean }

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
    | {
        type: 'finish'
        task_id: string
        message_id: string
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
  /** Messages in a snapshot. */
  limit?: number
}

export interface JoinAnswer extends Position {
  ok: true
  /** As they came; each is decoded on its own, so that one bad event costs itself alone. */
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

export interface RefusedAnswer {
  ok: false
  error: ErrorEvent
}

/** The handshake's `auth`. */
export interface HandshakeAuth {
  protocol: typeof PROTOCOL_VERSION
  token?: string
}

/** `chat:closing`: the server goes down as planned. */
export interface ClosingNotice {
  /** Milliseconds over which clients spread their return. */
  reconnect_spread_ms: number
}
