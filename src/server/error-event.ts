import type { AppError } from '../errors/app-error.js'
import type { ErrorEvent } from '../protocol/events.js'

/** An error as the wire carries it, before it has its place and time. */
export type ErrorBody = Omit<ErrorEvent, 'timestamp'>

/** Takes only what is fit to leave the server: the friendly text and the codes, never `message`, `cause` or the stack. */
export function toErrorBody(error: AppError, correlationId?: string): ErrorBody {
  return {
    type: 'error',
    error: error.userMessage,
    error_code: error.category,
    retryable: error.retryable,
    ...(error.code !== error.category && { code: error.code }),
    ...(error.retryAfterMs !== undefined && { retry_after_ms: Math.ceil(error.retryAfterMs) }),
    ...(correlationId !== undefined && { correlation_id: correlationId }),
  }
}
