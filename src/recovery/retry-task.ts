import type { AppError } from '../errors/app-error.js'

/** A task that waits for its next attempt; all that a screen needs to say "attempt 2 of 3 in 1.4 s". Immutable. */
export interface RetryTask {
  readonly taskId: string
  readonly scope: string
  /** The attempt that comes next; the first try was 1. */
  readonly attempt: number
  readonly maxAttempts: number
  /** Milliseconds since the Unix epoch. In the past where the task is due and a pause holds it. */
  readonly nextRetryAt: number
  /** The error that ended the attempt before. */
  readonly error: AppError
}

/** Whether a program may retry after this error; a person always may. */
export function mayRetryAfter({ retryable, retryAfterMs = 0 }: AppError): boolean {
  return retryable && !(retryAfterMs < 0) && retryAfterMs !== Infinity
}

/** Whether a service refused because it is busy, and said when to come back. */
export function isBusyRefusal({ code, retryAfterMs = 0 }: AppError): boolean {
  return (code === 'rate_limited' || code === 'overloaded') && retryAfterMs > 0
}
