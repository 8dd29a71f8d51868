import type { AppError } from '../errors/app-error.js'
import { logFields } from '../errors/log-fields.js'
import { translateError } from '../errors/translate-error.js'
import { delay } from '../shared/delay.js'
import { backoff } from './backoff.js'
import type { Caller } from './caller.js'
import type { Plan } from './execute-options.js'
import { isHeld } from './paused-scopes.js'
import { cancelled, failedBefore, type Recovery } from './recovery.js'
import { earn, refund, spend } from './retry-budget.js'
import { mayRetryAfter, type RetryTask } from './retry-task.js'
import { safely } from './safely.js'

/**
 * One task from its first attempt to its end. It alternates between an attempt and the wait for the next one; a wait is
 * over when its time has passed and no pause holds its scope.
 */
export class RecoveryRun {
  readonly plan: Plan
  /** What the retry queue shows; undefined while an attempt runs. */
  get waiting(): RetryTask | undefined {
    return this.#waiting
  }
  #waiting: RetryTask | undefined
  readonly #shared: Recovery
  readonly #callers = new Set<Caller>()
  /** The number of the attempt that runs, or comes next. */
  #attempt = 1
  /** Ends the attempt or the wait that goes on. */
  #abort = new AbortController()
  /** The wait's time has passed. */
  #due = false
  /** The retry that is waited for was paid from the budget. */
  #paid = false
  #over = false

  constructor(plan: Plan, shared: Recovery) {
    this.plan = plan
    this.#shared = shared
  }

  join(caller: Caller): void {
    this.#callers.add(caller)
    caller.onAbort(() => {
      this.#callers.delete(caller)
      caller.reject(cancelled(caller.signal?.reason))
      if (this.#callers.size === 0) this.cancel(cancelled())
    })
  }

  start(): void {
    const { failuresBefore, lastError = failedBefore() } = this.plan
    if (failuresBefore > 0) this.#wait(lastError)
    else this.#becomeDue()
  }

  /** Starts the attempt that is due, unless a pause holds it. */
  proceed(): void {
    if (this.#due && !isHeld(this.#shared.holds, this.plan.scope)) this.#try()
  }

  /** Skips the wait; false where none is going on. */
  retryNow(): boolean {
    if (!this.waiting && !this.#due) return false
    // A person's retry is not one of those that the budget is there to bound.
    this.#refund()
    if (this.waiting && !this.#due) {
      this.#abort.abort()
      this.#show(Object.freeze({ ...this.waiting, nextRetryAt: this.#shared.clock.now() }))
      this.#becomeDue()
      if (this.waiting) this.#shared.changed()
    }
    return true
  }

  /** Ends the task with `error`. An operation that is deaf to its signal goes on, but nobody hears of it. */
  cancel(error: AppError): void {
    if (this.#over) return
    // Before the abort, whose listeners may cancel once more.
    this.#over = true
    this.#refund()
    this.#abort.abort(error)
    this.#end((caller) => caller.reject(error))
  }

  #try(): void {
    const { operation } = this.plan
    const signal = this.#nextSignal()
    const attempt = this.#attempt
    const waited = this.waiting
    this.#due = this.#paid = false
    this.#show(undefined)
    // The constructor runs the operation at once, and turns what it throws into a rejection.
    new Promise((resolve) => resolve(operation({ attempt, signal }))).then(
      (value) => {
        if (!signal.aborted) this.#succeeded(value)
      },
      (error) => {
        if (!signal.aborted) this.#failed(error)
      },
    )
    if (waited) this.#shared.changed()
  }

  #succeeded(value: unknown): void {
    const shared = this.#shared
    if (this.plan.budget) shared.tokens = earn(shared.tokens, shared.budget)
    this.#end((caller) => caller.resolve(value))
  }

  #failed(thrown: unknown): void {
    const shared = this.#shared
    const { budget, config } = this.plan
    const error = this.#translate(thrown)
    const mayRetry = this.#attempt < config.maxAttempts && mayRetryAfter(error)
    const left = budget ? spend(shared.tokens) : shared.tokens
    if (!mayRetry || left === null) {
      this.#end((caller) => caller.reject(error))
      return
    }
    shared.tokens = left
    this.#paid = budget
    this.#attempt++
    this.#wait(error)
  }

  #translate(thrown: unknown): AppError {
    try {
      return this.#shared.translate(thrown)
    } catch {
      return translateError(thrown)
    }
  }

  #wait(error: AppError): void {
    const { clock, random, logger } = this.#shared
    const { taskId, scope, failuresBefore, config } = this.plan
    const attempt = this.#attempt
    const failures = failuresBefore + attempt - 1
    // Timers cut fractions of a millisecond off, and a server's advice must not be undercut.
    const ms = Math.ceil(backoff(failures, config, random, error.retryAfterMs))
    const nextRetryAt = clock.now() + ms
    const waiting = Object.freeze({
      taskId,
      scope,
      attempt,
      maxAttempts: config.maxAttempts,
      nextRetryAt,
      error,
    })
    this.#show(waiting)
    const signal = this.#nextSignal()
    delay(ms, { signal, clock }).then(
      () => {
        if (!signal.aborted) this.#becomeDue()
      },
      () => {},
    )
    safely('logger', () => logger.info('retry', { scope, attempt, ms, ...logFields(error) }), logger)
    this.#shared.changed()
    if (attempt > 1) for (const caller of [...this.#callers]) caller.retrying(attempt - 1, waiting)
  }

  // The operation and the callbacks, which run before the subscribers are told, must not read what was.
  #show(waiting: RetryTask | undefined): void {
    this.#waiting = waiting
    this.#shared.queue = undefined
  }

  // Each attempt and each wait has its own, so that no listener outlives what it listened for.
  #nextSignal(): AbortSignal {
    this.#abort = new AbortController()
    return this.#abort.signal
  }

  #becomeDue(): void {
    this.#due = true
    this.proceed()
  }

  #refund(): void {
    const shared = this.#shared
    if (this.#paid) shared.tokens = refund(shared.tokens, shared.budget)
    this.#paid = false
  }

  #end(settle: (caller: Caller) => void): void {
    const waited = this.waiting
    this.#over = true
    this.#show(undefined)
    this.#due = false
    // First, so that a callback may start a task of the same id.
    this.#shared.ended(this.plan.taskId)
    const callers = [...this.#callers]
    this.#callers.clear()
    for (const caller of callers) settle(caller)
    if (waited) this.#shared.changed()
  }
}
