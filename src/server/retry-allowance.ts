import { createRetryBudget, type RetryBudget, type RetryBudgetOptions } from '../recovery/retry-budget.js'
import { type Clock, systemClock } from '../shared/clock.js'

/**
 * Bounds the sum of all tasks' retries. When everything fails at once, three tries for each task would be three times
 * the load on what is failing already.
 */
export type RetryAllowance = Pick<RetryBudget, 'take' | 'giveBack' | 'succeeded'>

/** @throws TypeError, RangeError naming the option that is wrong. */
export const retryAllowance = (
  options: RetryBudgetOptions | false | undefined,
  clock: Pick<Clock, 'now'> = systemClock,
): RetryAllowance => createRetryBudget(options, 'retryBudget', clock)
