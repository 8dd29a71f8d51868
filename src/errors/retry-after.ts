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
  const isNumber = Number.isFinite(value) || /^[ \t]*\d+[ \t]*$/.test(`${value}`)
  const ms = isNumber ? Number(value) * 1000 : Math.max(0, parseHttpDate(`${value}`.trim(), now) - now)
  return ms < 0 ? undefined : validWait(ms)
}
