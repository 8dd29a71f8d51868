import { redact } from './core-redact.js'
import { type ErrorAction, type ErrorCategory, type ErrorCode, policyOf } from './error-policy.js'
import { errorText, type Language } from './error-text.js'
import { read } from './read.js'

export { type ErrorAction, ErrorCategory, type ErrorCode } from './error-policy.js'

// Registered for the whole page, so that an error of a second copy of the package is recognised too. Its value says
// whose the text is: the thrower's own stays when the error is translated, a default one changes with the language.
const brand = Symbol.for('reconvene.AppError')

export interface AppErrorOptions extends Language {
  /** For code and developers; never shown. */
  message: string
  /** @default the code's own category, else `unknown` */
  category?: ErrorCategory | undefined
  /** @default the category */
  code?: ErrorCode | undefined
  /** A text fit for a person; it stays as it is in every language. @default the text for the code, else for the category */
  userMessage?: string | undefined
  /** @default by code, else by category */
  action?: ErrorAction | undefined
  /** Whether an automatic retry makes sense. @default by code, else by category */
  retryable?: boolean | undefined
  /** Milliseconds before which nothing may retry; -1: never by itself. @default none */
  retryAfterMs?: number | undefined
  /** The reference that a person quotes to support. @default none */
  correlationId?: string | undefined
  /** Safe extra facts, such as the name of the field that was refused. @default {} */
  details?: Readonly<Record<string, unknown>> | undefined
  /** The value that was thrown in the first place. For code; never shown, never logged as it is. */
  cause?: unknown
}

/** The one error that this SDK hands out. `message` and `cause` are for code, `userMessage` and `action` for people. */
export class AppError extends Error {
  override readonly name: string = 'AppError'
  declare readonly category: ErrorCategory
  declare readonly code: ErrorCode
  /** The text for the person, in their language: it says what happened and what to do next, and can be shown as it is. */
  declare readonly userMessage: string
  declare readonly action: ErrorAction
  /** Whether an automatic retry makes sense; a person may retry whatever `action` allows. */
  declare readonly retryable: boolean
  /** Milliseconds before which nothing may retry; -1: never by itself. */
  declare readonly retryAfterMs?: number
  /** The reference that a person quotes to support. */
  declare readonly correlationId?: string
  declare readonly details: Readonly<Record<string, unknown>>

  constructor(options: AppErrorOptions) {
    // `Error` takes the cause, if there is one, from the same object.
    super(options.message, options)
    const { userMessage, retryAfterMs, correlationId, details = {} } = options
    const [defaultCategory, defaultAction, isUsuallyRetryable] = policyOf(options.code, options.category)
    const { category = defaultCategory, action = defaultAction, retryable = isUsuallyRetryable } = options
    const { code = category } = options
    Object.assign(
      this,
      { category, code, userMessage: userMessage ?? errorText(code, category, options) },
      { action, retryable, details },
      retryAfterMs !== undefined && { retryAfterMs },
      correlationId !== undefined && { correlationId },
    )
    Object.defineProperty(this, brand, { value: userMessage === undefined ? 'default' : 'own' })
  }

  /** The fields that may leave the page in a report or a message: without `message`, `cause` and `stack`. */
  toJSON(): Record<string, unknown> {
    const { name, category, code, userMessage, action, retryable, retryAfterMs, correlationId } = this
    const details = redact(this.details)
    return { name, category, code, userMessage, action, retryable, retryAfterMs, correlationId, details }
  }
}

/**
 * No person is signed in. Thrown by an app's `auth` function, it ends the connection until the app calls `connect()`.
 * Unsent messages stay queued.
 */
export class UnauthorizedError extends AppError {
  override readonly name: string = 'UnauthorizedError'

  constructor(
    message = 'unable to authorize; nobody is signed in',
    options: Omit<AppErrorOptions, 'message' | 'category' | 'code'> = {},
  ) {
    super({ ...options, message, code: 'unauthorized' })
  }
}

/** Whether a value is an {@link AppError}, of this copy of the package or another one. Never throws. */
export const isAppError = (value: unknown): value is AppError =>
  hasOwnText(value) || read(value, brand) === 'default'

/** Whether an {@link AppError}'s text was given by the code that made it. */
export const hasOwnText = (value: unknown): boolean => read(value, brand) === 'own'

/** The same error with other fields. A subclass keeps its class and its fields, and the stack shows where it was thrown. */
export function copyError<E extends AppError>(error: E, changes: Partial<AppErrorOptions>): E {
  const { message, stack, userMessage } = error
  const { cause = error.cause, ...fields } = changes
  const text = hasOwnText(error) ? userMessage : undefined
  const copy = Object.assign(new AppError({ message, cause, userMessage: text }), error, fields, { stack })
  return Object.setPrototypeOf(copy, Object.getPrototypeOf(error))
}
