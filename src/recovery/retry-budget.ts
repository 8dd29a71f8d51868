import { checkAmount, withDefaults } from '../shared/check-option.js'

/**
 * A token bucket that bounds the sum of all automatic retries: while everything fails they end after `capacity`, and in
 * the long run there are at most `refill` of them per success. Backoff alone bounds only each task.
 */
export interface RetryBudgetConfig {
  /** Tokens at the start and at most; a retry takes one. @default 5 */
  readonly capacity: number
  /** Tokens that a success brings. @default 0.2 */
  readonly refill: number
}

export type RetryBudgetOptions = {
  readonly [Field in keyof RetryBudgetConfig]?: RetryBudgetConfig[Field] | undefined
}

export const defaultRetryBudget: RetryBudgetConfig = { capacity: 5, refill: 0.2 }

// Ten times 0.1 is a little less than 1 in binary fractions, and must still buy a retry.
const rounding = 1e-9

/** What is left after one retry; null where a retry cannot be paid for. */
export function spend(tokens: number): number | null {
  return tokens >= 1 - rounding ? tokens - 1 : null
}

/** After a retry that was paid for and did not take place. */
export function refund(tokens: number, { capacity }: RetryBudgetConfig): number {
  return Math.min(capacity, tokens + 1)
}

/** After a success. */
export function earn(tokens: number, { capacity, refill }: RetryBudgetConfig): number {
  return Math.min(capacity, tokens + refill)
}

/**
 * Fills `given` up from the defaults.
 *
 * @throws TypeError, RangeError naming the option that is wrong, such as `retryBudget.capacity`.
 */
export const resolveRetryBudget = (
  given: RetryBudgetOptions | undefined,
  optionName: string,
): RetryBudgetConfig =>
  withDefaults(optionName, given, defaultRetryBudget, { capacity: checkAmount, refill: checkAmount })
