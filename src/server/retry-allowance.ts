import { earn, type RetryBudgetOptions, refund, resolveRetryBudget, spend } from '../recovery/retry-budget.js'

/**
 * Bounds the sum of all tasks' retries. When everything fails at once, three tries for each task would be three times
 * the load on what is failing already.
 */
export interface RetryAllowance {
  /** Whether one more retry may be made; it is counted then. */
  take(): boolean
  /** For one that was counted and is not made after all. */
  giveBack(): void
  succeeded(): void
}

export function retryAllowance(options: RetryBudgetOptions | false | undefined): RetryAllowance {
  if (options === false) return { take: () => true, giveBack: () => {}, succeeded: () => {} }
  const config = resolveRetryBudget(options, 'retryBudget')
  let tokens = config.capacity
  return {
    take: () => {
      const left = spend(tokens)
      if (left !== null) tokens = left
      return left !== null
    },
    giveBack: () => {
      tokens = refund(tokens, config)
    },
    succeeded: () => {
      tokens = earn(tokens, config)
    },
  }
}
