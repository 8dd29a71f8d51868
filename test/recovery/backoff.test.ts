import { describe, expect, it } from 'vitest'
import {
  backoff,
  defaultRetryConfig,
  type RetryConfig,
  type RetryOptions,
  retryChecks,
  withSpread,
} from '../../src/recovery/backoff.js'
import { withDefaults } from '../../src/shared/check-option.js'
import { seededRandom } from '../support/random.js'
import { figure } from './support.js'

const full = defaultRetryConfig
const equal: RetryConfig = { ...full, jitter: 'equal' }
const spread: RetryConfig = { ...full, jitter: 'spread' }
const none: RetryConfig = { ...full, jitter: 'none' }

/** How many of the draws are the most frequent delay, as a share of all. */
function shareOfTheMostFrequent(delays: readonly number[]) {
  const counts = new Map<number, number>()
  for (const delay of delays) counts.set(Math.round(delay), (counts.get(Math.round(delay)) ?? 0) + 1)
  return Math.max(...counts.values()) / delays.length
}

describe('backoff', () => {
  it('doubles the delay with each failure up to the cap', () => {
    expect([1, 2, 3, 4, 5, 100].map((attempt) => backoff(attempt, none, () => 0))).toEqual([
      1000, 2000, 4000, 5000, 5000, 5000,
    ])
  })

  it('multiplies the delay by exponentialBase with each failure', () => {
    const delays = (exponentialBase: number) =>
      [1, 2, 3, 4].map((attempt) => backoff(attempt, { ...none, exponentialBase, maxDelay: 9000 }, () => 0))
    expect(delays(3)).toEqual([1000, 3000, 9000, 9000])
    expect(delays(1.5)).toEqual([1000, 1500, 2250, 3375])
    expect(delays(1)).toEqual([1000, 1000, 1000, 1000])
  })

  it('spreads full jitter from nothing to the cap, and equal jitter over its upper half', () => {
    expect([0, 0.5, 1].map((draw) => backoff(3, full, () => draw))).toEqual([0, 2000, 4000])
    expect([0, 0.5, 1].map((draw) => backoff(3, equal, () => draw))).toEqual([2000, 3000, 4000])
  })

  it('stays within its bounds and finite however many attempts there were', () => {
    const random = seededRandom(1)
    const attempts = [
      ...Array.from({ length: 10_000 }, (_, i) => i + 1),
      1e5,
      1e6,
      Number.MAX_VALUE,
      Infinity,
    ]
    for (const attempt of attempts) {
      const cap = attempt > 3 ? 5000 : 1000 * 2 ** (attempt - 1)
      for (const config of [full, equal, spread, none]) {
        const delay = backoff(attempt, config, random)
        const floor = { full: 0, equal: cap / 2, spread: attempt === 1 ? 0 : 1000, none: cap }[config.jitter]
        if (!(delay >= floor && delay <= cap)) expect.fail(`attempt ${attempt}: ${delay}`)
      }
    }
  })

  it('takes delays of 0 as they are, at any attempt', () => {
    const at0 = { ...full, baseDelay: 0, exponentialBase: 10 }
    expect([1, 2, 1e6, Infinity].map((attempt) => backoff(attempt, at0, () => 0.9))).toEqual([0, 0, 0, 0])
    for (const config of [full, spread]) expect(backoff(5, { ...config, maxDelay: 0 }, () => 0.9)).toBe(0)
  })

  it('gives at most 1 % of clients at the cap the same delay', () => {
    const random = seededRandom(2)
    const delays = Array.from({ length: 10_000 }, () => backoff(8, full, random))
    const share = shareOfTheMostFrequent(delays)
    figure(`identical delays at the cap: ${(share * 100).toFixed(2)} % of 10,000`)
    expect(share).toBeLessThanOrEqual(0.01)
  })

  it('never comes back sooner than the server asked, in 10,000 draws', () => {
    const random = seededRandom(3)
    let violations = 0
    for (let draw = 0; draw < 10_000; draw++) {
      const advice = Math.floor(random() * 60_000)
      const config = [full, equal, none][draw % 3] ?? full
      if (backoff(1 + Math.floor(random() * 20), config, random, advice) < advice) violations++
    }
    figure(`retries before retry_after_ms: ${violations} of 10,000`)
    expect(violations).toBe(0)
  })

  it.each([1000, 4990, 5000, 30_000])('spreads those who got the same advice of %i ms', (advice) => {
    const random = seededRandom(4)
    const delays = Array.from({ length: 10_000 }, () => backoff(1, full, random, advice))
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(0.95 * full.baseDelay)
    expect(Math.max(...delays)).toBeLessThanOrEqual(advice + full.baseDelay)
    expect(shareOfTheMostFrequent(delays)).toBeLessThanOrEqual(0.01)
  })

  it('keeps to its own cap where the advice leaves room below it', () => {
    expect(backoff(4, full, () => 1, 2000)).toBe(5000)
    expect(backoff(4, full, () => 0, 2000)).toBe(2000)
  })

  it('adds nothing to the advice where jitter was switched off', () => {
    expect(backoff(1, none, () => 0.7, 30_000)).toBe(30_000)
  })

  it.each([-1, Number.NaN, 0])('takes %d as no advice', (advice) => {
    expect(backoff(1, full, () => 0.5, advice)).toBe(500)
  })
})

describe('withSpread', () => {
  it('spreads the first delay over what the server advises, and makes no later one shorter', () => {
    const config = withSpread({ ...equal, maxAttempts: Infinity }, 20_000)
    expect([0, 0.5, 1].map((draw) => backoff(1, config, () => draw))).toEqual([0, 10_000, 20_000])
    for (const attempt of [2, 3, 9]) {
      expect([0, 0.5, 1].map((draw) => backoff(attempt, config, () => draw))).toEqual([
        20_000, 25_000, 30_000,
      ])
    }
    expect(config.maxAttempts).toBe(Infinity)
  })

  it('leaves the cap where it is when the spread is well below it', () => {
    expect(withSpread(full, 3000)).toEqual({ ...full, baseDelay: 3000, jitter: 'spread' })
    expect(backoff(5, withSpread(full, 3000), () => 1)).toBe(5000)
  })

  it('believes no more than ten minutes', () => {
    expect(withSpread(full, 600_000).baseDelay).toBe(600_000)
    expect(withSpread(full, Number.MAX_SAFE_INTEGER)).toEqual(withSpread(full, 600_000))
  })

  it.each([0, 1000, -5, Number.NaN])('changes nothing for a spread of %d', (spread) => {
    expect(withSpread(full, spread)).toBe(full)
  })
})

/** As the manager, the client and the server make a config of what an app gives. */
const resolve = (given: RetryOptions | undefined) => withDefaults('retry', given, full, retryChecks)

describe('the options of retries', () => {
  it('fills up what is not given', () => {
    expect(resolve({ maxAttempts: 7, jitter: undefined })).toEqual({
      maxAttempts: 7,
      baseDelay: 1000,
      exponentialBase: 2,
      maxDelay: 5000,
      jitter: 'full',
    })
    expect(resolve(undefined)).toEqual(full)
  })

  it('accepts delays of 0 and attempts without end', () => {
    const given = { maxAttempts: Infinity, baseDelay: 0, maxDelay: 0, jitter: 'none' } as const
    expect(resolve(given)).toEqual({ ...given, exponentialBase: 2 })
  })

  it.each([
    [
      { maxAttempts: 0 },
      RangeError,
      'unable to use retry.maxAttempts; expected a whole number of at least 1, got 0',
    ],
    [{ maxAttempts: 1.5 }, RangeError, 'retry.maxAttempts; expected a whole number of at least 1, got 1.5'],
    [
      { maxAttempts: Number.NaN },
      RangeError,
      'retry.maxAttempts; expected a whole number of at least 1, got NaN',
    ],
    [{ maxAttempts: '3' }, TypeError, 'retry.maxAttempts; expected a whole number of at least 1, got string'],
    [{ maxAttempts: null }, TypeError, 'retry.maxAttempts; expected a whole number of at least 1, got null'],
    [{ baseDelay: -1 }, RangeError, 'retry.baseDelay; expected a finite number of at least 0, got -1'],
    [{ baseDelay: 3n }, TypeError, 'retry.baseDelay; expected a finite number of at least 0, got bigint'],
    [
      { exponentialBase: 0.9 },
      RangeError,
      'unable to use retry.exponentialBase; expected a finite number of at least 1, got 0.9',
    ],
    [{ exponentialBase: Infinity }, RangeError, 'retry.exponentialBase; expected a finite number'],
    [{ exponentialBase: Number.NaN }, RangeError, 'retry.exponentialBase; expected a finite number'],
    [{ exponentialBase: '2' }, TypeError, 'retry.exponentialBase; expected a finite number'],
    [
      { maxDelay: Infinity },
      RangeError,
      'retry.maxDelay; expected a finite number of at least 0, got Infinity',
    ],
    [
      { jitter: 'half' },
      RangeError,
      "retry.jitter; expected 'full', 'equal', 'spread' or 'none', got string",
    ],
    [{ jitter: 5 }, TypeError, "retry.jitter; expected 'full', 'equal', 'spread' or 'none', got 5"],
    [null, TypeError, 'unable to use retry; expected an object, got null'],
    [5, TypeError, 'unable to use retry; expected an object, got 5'],
  ])('refuses %o and names the option', (given, kind, message) => {
    const refused = () => resolve(given as RetryOptions)
    expect(refused).toThrow(kind)
    expect(refused).toThrow(message)
  })
})
