import type { AppError } from '../errors/app-error.js'
import { defaultRetryConfig, type RetryConfig, retryChecks } from '../recovery/backoff.js'
import { checkFunction, withDefaults } from '../shared/check-option.js'

/** When the server tries again by itself, before it tells anybody of a failure. */
export interface RetryPolicy extends RetryConfig {
  /** Which failures are worth it. @default `initializing`, `network` and `timeout` */
  readonly isRetryable: (error: AppError) => boolean
}

// Failures that pass by themselves within seconds. A rate limit does not: its wait is the client's, with the advised delay.
const passing: ReadonlySet<string> = new Set(['initializing', 'network', 'timeout'])

export const defaultRetryPolicy: RetryPolicy = {
  ...defaultRetryConfig,
  maxDelay: 60_000,
  jitter: 'equal',
  isRetryable: (error) => error.retryable && error.retryAfterMs === undefined && passing.has(error.code),
}

export type RetryPolicyOptions = { readonly [Field in keyof RetryPolicy]?: RetryPolicy[Field] }

const checks = { ...retryChecks, isRetryable: checkFunction }

/** @throws TypeError, RangeError naming the option that is wrong, such as `retry.maxAttempts`. */
export const resolveRetryPolicy = (options: RetryPolicyOptions = {}): RetryPolicy =>
  withDefaults('retry', options, defaultRetryPolicy, checks)
