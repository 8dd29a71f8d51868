import { type CheckOption, checkAmount, checkOption, checkWhole } from '../shared/check-option.js'
import type { Random } from '../shared/clock.js'

/**
 * `full`: anywhere between 0 and the delay. `equal`: in its upper half. `none`: the delay itself. `spread`: as `full` for
 * the first one, and between `baseDelay` and the delay from then on.
 */
export type Jitter = 'full' | 'equal' | 'spread' | 'none'

export interface RetryConfig {
  /** How often the operation runs at most; the first try counts. May be `Infinity`. @default 3 */
  readonly maxAttempts: number
  /** Milliseconds after the first failure. @default 1000 */
  readonly baseDelay: number
  /** The factor by which each further failure multiplies the delay; at least 1. @default 2 */
  readonly exponentialBase: number
  /** Milliseconds that no delay exceeds, unless the server advises a longer one. @default 5000 */
  readonly maxDelay: number
  /** How delays are spread, so that many clients do not come back together. @default 'full' */
  readonly jitter: Jitter
}

/** A partial config; a field that is absent or undefined has its default. */
export type RetryOptions = { readonly [Field in keyof RetryConfig]?: RetryConfig[Field] | undefined }

export const defaultRetryConfig: RetryConfig = {
  maxAttempts: 3,
  baseDelay: 1000,
  exponentialBase: 2,
  maxDelay: 5000,
  jitter: 'full',
}

/**
 * Milliseconds to wait after failed attempt number `attempt`, counted from 1.
 *
 * The delay is clamped before it is jittered: the other way round, all clients that reached the cap would come back in
 * the same instant. With `retryAfterMs`, a server's advice, the delay is never shorter than it, and has at least
 * `baseDelay` of room after it, beyond the cap if need be, because all who were refused together got the same advice.
 */
export function backoff(attempt: number, config: RetryConfig, random: Random, retryAfterMs = 0): number {
  const { baseDelay, exponentialBase, maxDelay, jitter } = config
  // After very many failures the power is Infinity, and 0 times Infinity would be NaN.
  const cap = Math.min(maxDelay, baseDelay && baseDelay * exponentialBase ** (attempt - 1))
  const advised = retryAfterMs > 0 ? retryAfterMs : 0
  if (jitter === 'none') return Math.max(cap, advised)
  const least = { full: 0, equal: cap / 2, spread: attempt === 1 ? 0 : Math.min(baseDelay, cap) }[jitter]
  const floor = Math.max(least, advised)
  const ceiling = Math.max(cap, advised && advised + baseDelay)
  return floor + random() * (ceiling - floor)
}

// A wrong unit or a hostile server must not keep everyone away for days.
const maxSpread = 600_000

/**
 * The config with the first delay spread over at least `spreadMs`, and later ones no shorter, which a server advises so
 * that its clients come back no faster than it can admit them; at most ten minutes are believed. If the config's own
 * first delay is longer already, it stays as it is.
 */
export function withSpread(config: RetryConfig, spreadMs: number): RetryConfig {
  const baseDelay = Math.min(spreadMs, maxSpread)
  if (!(baseDelay > config.baseDelay)) return config
  // A client that was refused waits for those that have not come yet, or all would meet in ever busier seconds.
  return { ...config, baseDelay, maxDelay: Math.max(config.maxDelay, 1.5 * baseDelay), jitter: 'spread' }
}

/** The check of each field of a {@link RetryConfig}, for `withDefaults`. */
export const retryChecks: { readonly [Field in keyof RetryConfig]: CheckOption } = {
  maxAttempts: checkWhole(1),
  baseDelay: checkAmount,
  exponentialBase: (option, value) =>
    checkOption(option, value, 'number', 'a finite number of at least 1', (n) => n >= 1 && n < Infinity),
  maxDelay: checkAmount,
  jitter: (option, value) =>
    checkOption(option, value, 'string', "'full', 'equal', 'spread' or 'none'", (text) =>
      ['full', 'equal', 'spread', 'none'].includes(text),
    ),
}
