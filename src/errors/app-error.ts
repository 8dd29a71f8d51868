/** How an error is dealt with; the wire's `error_code`. */
export const ErrorCategory = {
  TEMPORARY: 'temporary',
  AUTHENTICATION: 'auth',
  VALIDATION: 'validation',
  SYSTEM: 'system',
  UNKNOWN: 'unknown',
} as const
export type ErrorCategory = (typeof ErrorCategory)[keyof typeof ErrorCategory]

/** What the person in front of the screen can do about it. */
export type ErrorAction = 'wait' | 'retry' | 'sign-in' | 'edit' | 'check-network' | 'contact-support'

/** The finer reasons, by which the friendly text is chosen. Servers may send others; those fall back to the category's text. */
export type ErrorCode =
  | 'initializing'
  | 'network'
  | 'timeout'
  | 'rate_limited'
  | 'overloaded'
  | 'interrupted'
  | 'token_expired'
  | 'forbidden'
  | 'invalid_message'
  | 'message_too_large'
  | 'task_conflict'
  | 'unknown_conversation'
  | 'unknown_message'
  | 'unknown_task'
  | 'unsupported_protocol'
  | 'internal'
  | 'cancelled'
  | 'closed'
  | 'queue_full'
  | 'expired'
  | 'storage_unavailable'
  | (string & {})

export interface AppErrorOptions {
  /** For code and developers; never shown. */
  message: string
  category: ErrorCategory
  /** Default: the category. */
  code?: ErrorCode | undefined
  /** A text fit for a person. Default: the text for the code, or else for the category, in English. */
  userMessage?: string | undefined
  /** Default: by code and category. */
  action?: ErrorAction | undefined
  /** Default: false. */
  retryable?: boolean | undefined
  /** Milliseconds before which nothing may retry; -1: never by itself. */
  retryAfterMs?: number | undefined
  correlationId?: string | undefined
  /** Safe extra facts, such as the name of the field that was refused. */
  details?: Readonly<Record<string, unknown>> | undefined
  cause?: unknown
}

/** The one error that this SDK hands out. `message` and `cause` are for code, `userMessage` and `action` for people. */
export class AppError extends Error {
  override readonly name: string = 'AppError'
  readonly category: ErrorCategory
  readonly code: ErrorCode
  readonly userMessage: string
  readonly action: ErrorAction
  readonly retryable: boolean
  readonly retryAfterMs?: number
  readonly correlationId?: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(options: AppErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.category = options.category
    this.code = options.code ?? options.category
    this.userMessage = options.userMessage ?? ''
    this.action = options.action ?? 'retry'
    this.retryable = options.retryable ?? false
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs
    if (options.correlationId !== undefined) this.correlationId = options.correlationId
    this.details = options.details ?? {}
  }
}
