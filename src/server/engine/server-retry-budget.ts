import { defaultRetryBudget, type RetryBudgetConfig } from '../../recovery/retry-budget.js'

/**
 * A node's answers share one budget, and a moment's fault of the model service fails many of them at once. So many retries
 * the AWS SDKs allow a process, too: a bucket of 500 tokens, of which each retry takes 5.
 */
export const serverRetryBudget: RetryBudgetConfig = { ...defaultRetryBudget, capacity: 100 }
