import { checkAboveZero, checkAmount, withDefaults } from '../shared/check-option.js'
import type { Clock } from '../shared/clock.js'

/**
 * A token bucket that bounds the sum of all automatic retries. Backoff bounds each task alone; if everything fails at
 * once, the bucket bounds all of them: after `capacity` retries there is at most one retry per `refillEvery`, and `refill`
 * of them per success.
 */
export interface RetryBudgetConfig {
  /** Tokens at the start and at most; a retry takes one. @default 5 */
  readonly capacity: number
  /** Tokens that a success brings. @default 0.2 */
  readonly refill: number
  /**
   * Milliseconds in which one token comes back by itself. Services fall asleep after some minutes without a request, so
   * a person who asks seldom can meet a cold service each time, and successes alone would not pay for those retries.
   * `Infinity`: only successes refill the budget. @default 300000
   */
  readonly refillEvery: number
}

export type RetryBudgetOptions = {
  readonly [Field in keyof RetryBudgetConfig]?: RetryBudgetConfig[Field] | undefined
}

export const defaultRetryBudget: RetryBudgetConfig = { capacity: 5, refill: 0.2, refillEvery: 300_000 }

// Ten times 0.1 is a little less than 1 in binary fractions, and must still buy a retry.
const rounding = 1e-9

/** The tokens that are left. Tasks that may fail together share one budget. */
export interface RetryBudget {
  /** Pays for one retry. @returns false if the budget has no token left. */
  take(): boolean
  /** Takes back a {@link take} whose retry does not happen. */
  giveBack(): void
  succeeded(): void
}

/**
 * @param options `undefined`: the defaults. `false`: no bound.
 * @param defaults For the fields that the options leave out.
 * @throws TypeError, RangeError naming the option that is wrong, such as `retryBudget.capacity`.
 */
export function createRetryBudget(
  options: RetryBudgetOptions | false | undefined,
  optionName: string,
  clock: Pick<Clock, 'now'>,
  defaults = defaultRetryBudget,
): RetryBudget {
  const { capacity, refill, refillEvery } =
    options === false
      ? { ...defaults, capacity: Infinity }
      : withDefaults(optionName, options, defaults, checks)
  let tokens = capacity
  let refilledAt = clock.now()
  const add = (more: number) => {
    tokens = Math.min(capacity, tokens + more)
  }
  return {
    take() {
      const now = clock.now()
      // A clock that was set back must not take tokens away.
      add(Math.max(0, now - refilledAt) / refillEvery)
      refilledAt = now
      if (tokens < 1 - rounding) return false
      tokens--
      return true
    },
    giveBack: () => add(1),
    succeeded: () => add(refill),
  }
}

const checks = { capacity: checkAmount, refill: checkAmount, refillEvery: checkAboveZero }
