import { type Headers, header } from './headers.js'
import { parseHttpDate } from './http-date.js'
import { parseRetryAfter, validWait } from './retry-after.js'

/**
 * The milliseconds from `now` that the headers of a refusal ask for, in the order of their exactness: `retry-after-ms`
 * (OpenAI, Azure), `Retry-After` (RFC 9110), the resets of the limits that are used up (`x-ratelimit-reset*`,
 * `anthropic-ratelimit-*-reset`, `ratelimit-reset`), and `RateLimit` with `RateLimit-Policy` (IETF draft
 * ratelimit-headers, 7 to 10).
 */
export function adviceIn(headers: Headers, now: number): number | undefined {
  return (
    inMilliseconds(header(headers, 'retry-after-ms') ?? header(headers, 'x-ms-retry-after-ms')) ??
    parseRetryAfter(header(headers, 'retry-after'), now, parseHttpDate) ??
    resetOf(headers, now) ??
    structuredReset(headers)
  )
}

/** Whether a limit has nothing left. */
export const isExhausted = (headers: Headers): boolean =>
  headers.some(([name, value]) => /rate-?limit.*remaining/.test(name) && value === '0')

const inMilliseconds = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+(\.\d+)?$/.test(text) ? validWait(Number(text)) : undefined

/** The longest wait among the limits that are used up; among all of them if none says what remains. */
function resetOf(headers: Headers, now: number): number | undefined {
  const resets = headers.filter(([name]) => /rate-?limit.*reset/.test(name))
  const isUsedUp = ([name]: Headers[number]) =>
    header(headers, name.replace(/reset.*?(?=$|-[a-z]+$)/, 'remaining')) === '0'
  const usedUp = resets.filter(isUsedUp)
  const waits = (usedUp.length > 0 ? usedUp : resets).map(([, value]) => parseReset(value, now))
  return longest(waits)
}

function longest(waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((wait) => wait !== undefined)
  return known.length > 0 ? Math.max(...known) : undefined
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Seconds, seconds or milliseconds since the Unix epoch, a duration such as `6m0s`, or a date of RFC 3339. */
function parseReset(text: string, now: number): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const value = Number(text)
    // A wait of thirty years makes no sense: the value is a time then.
    if (value > 1e12) return validWait(Math.max(0, value - now))
    return validWait(value > 1e9 ? Math.max(0, value * 1000 - now) : value * 1000)
  }
  if (/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)]
    return validWait(parts.reduce((sum, [, value, unit = '']) => sum + Number(value) * (units[unit] ?? 0), 0))
  }
  const isDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)
  return isDate ? validWait(Math.max(0, Date.parse(text) - now)) : undefined
}

/** `"minute";r=0;t=30` of the draft's later versions, `limit=9, remaining=0, reset=30` of its seventh. */
function structuredReset(headers: Headers): number | undefined {
  const limits = header(headers, 'ratelimit') ?? ''
  const policies = header(headers, 'ratelimit-policy') ?? ''
  const items = limits.split(',')
  const usedUp = items.filter((item) => /;\s*r=0\b/.test(item))
  const seconds = (usedUp.length > 0 ? usedUp : items).map((item) => number(item, /(?:;\s*t|\breset)=(\d+)/))
  const windows = policies.split(',').map((item) => number(item, /;\s*w=(\d+)/))
  // Without a reset the shortest window is the least that can be waited for.
  const known = windows.filter((window) => window !== undefined)
  const wait = longest(seconds) ?? (known.length > 0 ? Math.min(...known) : undefined)
  return wait === undefined ? undefined : validWait(wait * 1000)
}

function number(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}
