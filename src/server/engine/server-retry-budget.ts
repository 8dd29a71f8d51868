import { defaultRetryBudget, type RetryBudgetConfig } from '../../recovery/retry-budget.js'

/**
 * A node's answers share one budget, and a moment's fault of the model service fails many of them at once. A client of the
 * AWS SDK has as many retries: 500 tokens, of which each retry takes 5 (`@aws-sdk/middleware-retry`, `constants.ts`).
 */
export const serverRetryBudget: RetryBudgetConfig = { ...defaultRetryBudget, capacity: 100 }
