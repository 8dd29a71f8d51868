// As long as a timer can be set; a date that far away is still a date.
const maxWait = 2 ** 31 - 1

/** A wait in milliseconds, rounded up and bounded, or -1, which is never; undefined if the value is none. */
export const validWait = (ms: unknown): number | undefined =>
  typeof ms === 'number' && (ms >= 0 || ms === -1) ? Math.ceil(Math.min(ms, maxWait)) : undefined

/**
 * The milliseconds from `now` that a `Retry-After` asks for: whole seconds, or a date in HTTP's own form (RFC 9110, section
 * 10.2.3). A number, as an error's `retryAfter` field has it, may be a fraction of a second.
 */
export function parseRetryAfter(
  value: unknown,
  now: number,
  parseDate: (text: string, now: number) => number | undefined = parseFixedDate,
): number | undefined {
  if (typeof value === 'number') return value >= 0 && value < Infinity ? validWait(value * 1000) : undefined
  const text = `${value}`.trim()
  if (/^\d+$/.test(text)) return validWait(Number(text) * 1000)
  const at = parseDate(text, now)
  return at === undefined ? undefined : validWait(Math.max(0, at - now))
}

// `Date.parse` makes a date of nearly any text, so it sees only the form that RFC 9110 prescribes.
const parseFixedDate = (text: string) =>
  /^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/.test(text) ? Date.parse(text) : undefined
