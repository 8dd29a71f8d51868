import type { AppError } from '../errors/app-error.js'
import type { RetryState } from '../message/message.js'

/** A task that waits for its next attempt. Immutable. */
export interface RetryTask extends RetryState {
  readonly scope: string
}

/** Whether a program may retry after this error; a person always may. */
export function mayRetryAfter({ retryable, retryAfterMs = 0 }: AppError): boolean {
  return retryable && !(retryAfterMs < 0) && retryAfterMs !== Infinity
}

/** Whether a service refused because it is busy, and said when to come back. */
export function isBusyRefusal({ code, retryAfterMs = 0 }: AppError): boolean {
  return (code === 'rate_limited' || code === 'overloaded') && retryAfterMs > 0
}
