import { AppError } from '../../src/errors/app-error.js'
import type { Clock, Random } from '../../src/shared/clock.js'
import type { ErrorRecord } from './record.js'

interface Reason {
  readonly code: string
  readonly error_code?: string
  readonly retryable?: boolean
  readonly retry_after_ms?: number
}

/** The text of a refusal whose reason chance has drawn. */
const drawn = 'Not now.'

/** Whether chance has refused something for good, whatever it was. */
export const isRefusedForGood = (error: ErrorRecord | null): boolean =>
  error?.error === drawn &&
  error.code !== 'token_expired' &&
  (error.retryable === false || (error.retry_after_ms ?? 0) < 0)

/** An ErrorEvent as a server sends it. */
export const refusalOf = (clock: Clock, reason: Reason): object => ({
  type: 'error',
  error: drawn,
  error_code: 'temporary',
  retryable: true,
  timestamp: new Date(clock.now()).toISOString(),
  ...reason,
})

/** Refusals that no program may answer with the same request. */
export const refusalForGood = (random: Random): Reason =>
  random() < 0.5
    ? { code: 'overloaded', retry_after_ms: -1 }
    : { code: 'invalid_message', error_code: 'validation', retryable: false }

/** How an answer may fail: by itself for a moment, with advice, for good. */
export function failureOf(random: Random): unknown {
  const kind = random()
  const message = 'unable to answer'
  if (kind < 0.5) return Object.assign(new Error(message), { code: 'ECONNRESET' })
  if (kind < 0.7)
    return new AppError({ code: 'rate_limited', message, retryAfterMs: 300 + Math.floor(random() * 3000) })
  if (kind < 0.85) return new AppError({ code: 'overloaded', message, retryAfterMs: -1 })
  return new AppError({ code: 'invalid_message', message })
}
