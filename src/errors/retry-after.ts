import { parseHttpDate } from './http-date.js'

// As long as a timer can be set; a date that far away is still a date.
const maxWait = 2 ** 31 - 1

/** A wait in milliseconds, rounded up and bounded, or -1, which is never; undefined if the value is none. */
export const validWait = (ms: unknown): number | undefined =>
  typeof ms === 'number' && (ms >= 0 || ms === -1) ? Math.ceil(Math.min(ms, maxWait)) : undefined

/**
 * The milliseconds from `now` that a `Retry-After` asks for: whole seconds, or a date in one of HTTP's own forms (RFC 9110,
 * section 10.2.3). A number, as an error's `retryAfter` field has it, may be a fraction of a second.
 */
export function parseRetryAfter(value: unknown, now: number): number | undefined {
  if (typeof value === 'number') return value >= 0 && value < Infinity ? validWait(value * 1000) : undefined
  const text = `${value}`.replace(/^[ \t]+|[ \t]+$/g, '')
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : parseHttpDate(text, now) - now
  return validWait(Math.max(0, ms))
}
