import type { AppError } from '../errors/app-error.js'
import { isCategory } from '../errors/error-policy.js'
import type { ErrorEvent } from '../protocol/events.js'
import { isId } from '../protocol/is.js'

/** An error as the wire carries it, before it has its place and time. */
export type ErrorBody = Omit<ErrorEvent, 'timestamp'>

/**
 * Takes only what is fit to leave the server: the friendly text and the codes, never `message`, `cause` or the stack. The app may
 * have made the error of what a service answered, so each field is as the protocol has it: a client leaves out an event that
 * is not, and would wait for the end of its answer for ever.
 */
export function toErrorBody(error: AppError, correlationId?: string): ErrorBody {
  const { code, retryAfterMs } = error
  const category = isCategory(error.category) ? error.category : 'unknown'
  const wait = retryAfterMs === undefined ? undefined : wholeWait(retryAfterMs)
  return {
    type: 'error',
    error: error.userMessage,
    error_code: category,
    retryable: error.retryable,
    ...(code !== category && isId(code) && { code }),
    ...(wait !== undefined && { retry_after_ms: wait }),
    ...(correlationId !== undefined && { correlation_id: correlationId }),
  }
}

/** A wait that never ends, and a negative one, are both "never by itself". Undefined for what is no number. */
function wholeWait(ms: number): number | undefined {
  if (Number.isNaN(ms)) return undefined
  const whole = Math.ceil(ms)
  return Number.isSafeInteger(whole) && whole >= 0 ? whole : -1
}
