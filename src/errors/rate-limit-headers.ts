import { type Headers, valuesOf } from './headers.js'
import { parseHttpDate } from './http-date.js'
import { parseRetryAfter, validWait } from './retry-after.js'

/**
 * The milliseconds from `now` that the headers of a refusal ask for, in the order of their exactness: `retry-after-ms`
 * (OpenAI, Azure), `Retry-After` (RFC 9110), the resets of the limits that are used up (`x-ratelimit-reset*`,
 * `anthropic-ratelimit-*-reset`, `ratelimit-reset`), and `RateLimit` with `RateLimit-Policy` (IETF draft
 * ratelimit-headers, 7 to 10). If a header came twice, the longer wait counts.
 */
export function adviceIn(headers: Headers, now: number): number | undefined {
  const waits = (name: string, parse: (value: string) => number | undefined) =>
    longest(valuesOf(headers, name).map(parse))
  return (
    waits('retry-after-ms', inMilliseconds) ??
    waits('x-ms-retry-after-ms', inMilliseconds) ??
    waits('retry-after', (value) => parseRetryAfter(value, now)) ??
    resetOf(headers, now) ??
    structuredReset(headers)
  )
}

const isUsedUp = (remaining: string | undefined) => /^\s*(-\d+|0+)(\.0*)?\s*$/.test(remaining ?? '')

/** Whether a limit has nothing left. */
export const isExhausted = (headers: Headers): boolean =>
  headers.some(([name, value]) => /rate-?limit.*remaining/.test(name) && isUsedUp(value))

const inMilliseconds = (text: string): number | undefined =>
  /^\d+(\.\d+)?$/.test(text) ? validWait(Number(text)) : undefined

/** The longest wait among the limits that are used up; among all of them if none is, for one may be too small for the request. */
function resetOf(headers: Headers, now: number): number | undefined {
  const resets = headers.filter(([name]) => /rate-?limit.*reset/.test(name))
  const usedUp = resets.filter(([name]) =>
    isUsedUp(valuesOf(headers, name.replace(/reset(-after)?/, 'remaining'))[0]),
  )
  return longest((usedUp.length > 0 ? usedUp : resets).map(([, value]) => parseReset(value, now)))
}

function longest(waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((wait) => wait !== undefined)
  return known.length > 0 ? Math.max(...known) : undefined
}

const units: Readonly<Record<string, number>> = {
  ...{ ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1 },
  ...{ s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 },
}

/** Seconds, seconds or milliseconds since the Unix epoch, a duration such as `6m0s`, or a date of RFC 3339 or of HTTP. */
export function parseReset(text: string, now: number): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const value = Number(text)
    // A wait of thirty years makes no sense: the value is a time then.
    if (value > 1e12) return validWait(Math.max(0, value - now))
    return validWait(value > 1e9 ? Math.max(0, value * 1000 - now) : value * 1000)
  }
  if (/^(\d+(\.\d+)?([nuµμm]?s|[mhd]))+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([nuµμm]?s|[mhd])/g)]
    return validWait(parts.reduce((sum, [, value, unit = '']) => sum + Number(value) * (units[unit] ?? 0), 0))
  }
  const isDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)
  return validWait(Math.max(0, (isDate ? Date.parse(text) : parseHttpDate(text, now)) - now))
}

/** `"minute";r=0;t=30` of the draft's later versions, `limit=9, remaining=0, reset=30` of its seventh. */
function structuredReset(headers: Headers): number | undefined {
  const limits = itemsOf(valuesOf(headers, 'ratelimit').join())
  const policies = itemsOf(valuesOf(headers, 'ratelimit-policy').join())
  const windowOf = (items: readonly Item[]) => items.map(({ w }) => w).filter((w) => w !== undefined)
  const usedUp = limits.filter(({ r, remaining }) => (r ?? remaining) === 0)
  const waits = (usedUp.length > 0 ? usedUp : limits).map(
    ({ name, t, reset }) => t ?? reset ?? windowOf(policies.filter((item) => item.name === name))[0],
  )
  // Without a reset the shortest window is the least that can be waited for.
  const windows = limits.length > 0 ? [] : windowOf(policies)
  const seconds = longest(waits) ?? (windows.length > 0 ? Math.min(...windows) : undefined)
  return seconds === undefined ? undefined : validWait(seconds * 1000)
}

interface Item {
  readonly name: string
  readonly r?: number
  readonly t?: number
  readonly w?: number
  readonly remaining?: number
  readonly reset?: number
}

/** The items of a list, each with its numbers. The seventh draft has one item, whose members are separated by commas. */
function itemsOf(text: string): Item[] {
  const items = /\breset=/.test(text) ? [text] : (text.match(/(?:"[^"]{0,200}"|[^",])+/g) ?? [])
  return items.map((item) => {
    const numbers = [...item.replace(/"[^"]*"/g, '').matchAll(/\b([a-z]+)=(\d+)\b/g)]
    const fields = Object.fromEntries(numbers.map(([, field, value]) => [field, Number(value)]))
    return { ...fields, name: item.split(';', 1).join().trim() }
  })
}
