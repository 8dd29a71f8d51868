// As long as a timer can be set; a date that far away is still a date.
const longestWait = 2 ** 31 - 1

/** A wait in milliseconds, rounded up and bounded, or -1, which is never; undefined where the value is none. */
export const validWait = (ms: unknown): number | undefined =>
  typeof ms === 'number' && (ms >= 0 || ms === -1) ? Math.ceil(Math.min(ms, longestWait)) : undefined

/** HTTP's `Retry-After`, which is in seconds or a date, in milliseconds from `now`. */
export function parseRetryAfter(value: unknown, now: number): number | undefined {
  const text = String(value)
  // Only the one form of date that HTTP has: Date.parse makes something of nearly any text.
  return validWait(/ GMT$/.test(text) ? Math.max(0, Date.parse(text) - now) : Number.parseFloat(text) * 1000)
}
