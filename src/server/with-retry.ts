import { type AppError, copyError } from '../errors/app-error.js'
import { translateError } from '../errors/translate-error.js'
import { backoff } from '../recovery/backoff.js'
import type { RetryBudget } from '../recovery/retry-budget.js'
import { checkClock, checkFunction, hasMethods, withDefaults } from '../shared/check-option.js'
import { type Clock, type Random, systemClock } from '../shared/clock.js'
import { delay } from '../shared/delay.js'
import { type RetryPolicyOptions, resolveRetryPolicy } from './retry-policy.js'

export interface ServerRetry {
  /** The try about to begin, from 2. */
  readonly try: number
  readonly maxTries: number
  /** Milliseconds until then. */
  readonly delayMs: number
  readonly error: AppError
}

export interface RetryContext {
  /** Ends a wait, and all further tries. The call then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Called as each wait begins, and awaited. */
  readonly onRetry?: (retry: ServerRetry) => void | Promise<void>
  /** Shared by all that may fail together. @default no bound but the policy's */
  readonly allowance?: RetryBudget
  /** @default systemClock */
  readonly clock?: Clock
  /** @default Math.random */
  readonly random?: Random
}

interface Filled {
  readonly signal: AbortSignal | undefined
  readonly onRetry: RetryContext['onRetry']
  readonly allowance: RetryBudget | undefined
  readonly clock: Clock
  readonly random: Random
}

const defaults: Filled = {
  signal: undefined,
  onRetry: undefined,
  allowance: undefined,
  clock: systemClock,
  random: Math.random,
}

const checks = {
  // By what it can do: a frame's or a test environment's AbortSignal is of another class.
  signal: hasMethods('addEventListener', 'throwIfAborted'),
  onRetry: checkFunction,
  allowance: hasMethods('take', 'giveBack', 'succeeded'),
  clock: checkClock,
  random: checkFunction,
}

/**
 * Wraps a function so that it is tried again after failures that pass by themselves.
 *
 * ```ts
 * const loadCheckpoint = withRetry({ maxAttempts: 3 })((id: string) => database.load(id))
 * ```
 *
 * The last failure is thrown as an AppError, whether it was worth a retry or not. If the policy's tries are used up it says
 * `retryAfterMs: -1`: if the client retried as well, three tries here times three there would be nine.
 */
export function withRetry(options: RetryPolicyOptions = {}, context: RetryContext = {}) {
  const policy = resolveRetryPolicy(options)
  const { signal, onRetry, allowance, clock, random } = withDefaults<Filled>(
    'context',
    context,
    defaults,
    checks,
  )

  return <Args extends unknown[], Result>(operation: (...args: Args) => Result | Promise<Result>) => {
    checkFunction('operation', operation)
    return async function (this: unknown, ...args: Args): Promise<Result> {
      for (let attempt = 1; ; attempt += 1) {
        signal?.throwIfAborted()
        try {
          const result = await operation.apply(this, args)
          allowance?.succeeded()
          return result
        } catch (cause) {
          if (signal?.aborted) throw signal.reason
          const error = translateError(cause, { now: () => clock.now() })
          if (!policy.isRetryable(error)) throw error
          if (attempt >= policy.maxAttempts || allowance?.take() === false) {
            throw policy.maxAttempts > 1 ? usedUp(error) : error
          }
          const delayMs = Math.ceil(backoff(attempt, policy, random, error.retryAfterMs))
          try {
            await onRetry?.({ try: attempt + 1, maxTries: policy.maxAttempts, delayMs, error })
            await delay(delayMs, { signal, clock })
          } catch (reason) {
            allowance?.giveBack()
            throw reason
          }
        }
      }
    }
  }
}

/** The error in any language later on, and of its own class, but with the word that the client must not retry by itself. */
const usedUp = (error: AppError): AppError =>
  copyError(error, { retryAfterMs: -1, cause: error.cause ?? error })
