import { read } from './read.js'

// Longer than any timer runs; a date that far away is still a date.
const longestWait = 2 ** 31 - 1

/** A wait in milliseconds, rounded up, or undefined where the value is none; with `-1` for "never by itself". */
export function validWait(ms: unknown): number | undefined {
  if (typeof ms !== 'number' || !(ms >= 0 || ms === -1)) return undefined
  return Math.ceil(Math.min(ms, longestWait))
}

/** `Retry-After` as HTTP has it, seconds or a date, in milliseconds from `now`. */
export function parseRetryAfter(value: unknown, now: number): number | undefined {
  if (typeof value === 'number') return value < 0 ? undefined : validWait(value * 1000)
  if (typeof value !== 'string') return undefined
  if (/^\s*\d{1,10}(\.\d+)?\s*$/.test(value)) return validWait(Number(value) * 1000)
  return / GMT$/.test(value) ? validWait(Math.max(0, Date.parse(value) - now)) : undefined
}

/** The header's value from a `Headers`, a `Map` or a plain object. */
export function readRetryAfter(headers: unknown): unknown {
  for (const name of ['retry-after', 'Retry-After']) {
    const value = read(headers, name) ?? lookUp(headers, name)
    if (value != null) return value
  }
  return undefined
}

function lookUp(headers: unknown, name: string): unknown {
  try {
    return (headers as Headers).get(name)
  } catch {
    return undefined
  }
}
