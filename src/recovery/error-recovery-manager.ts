import { AppError, isAppError } from '../errors/app-error.js'
import { translateError } from '../errors/core-translate-error.js'
import {
  checkClock,
  checkFunction,
  checkLogger,
  checkName,
  checkOption,
  checkWhole,
  hasMethods,
  withDefaults,
} from '../shared/check-option.js'
import { type Clock, type Random, systemClock } from '../shared/clock.js'
import { Listeners } from '../shared/listeners.js'
import { type Logger, silentLogger } from '../shared/logger.js'
import { defaultRetryConfig, type RetryConfig, type RetryOptions, retryChecks } from './backoff.js'
import { withFrames } from './call-site.js'
import type { ExecuteOptions, OnError, OnRetry, Operation, Plan } from './execute-options.js'
import { cancelled, closed, type Recovery } from './recovery.js'
import { createCaller, createRun, type RecoveryRun } from './recovery-run.js'
import { createRetryBudget, type RetryBudgetOptions } from './retry-budget.js'
import { RetryQueue } from './retry-queue.js'
import type { RetryTask } from './retry-task.js'

export interface ErrorRecoveryOptions {
  /** How often and how fast a failed task is tried again. */
  readonly retry?: RetryOptions | undefined
  /** Bounds the sum of automatic retries over all tasks; `false`: no bound. */
  readonly retryBudget?: RetryBudgetOptions | false | undefined
  /** @default systemClock */
  readonly clock?: Clock | undefined
  /** @default Math.random */
  readonly random?: Random | undefined
  /** Makes the one error type of what an operation throws. @default translateError */
  readonly translate?: ((error: unknown) => AppError) | undefined
  /** Silent by default. */
  readonly logger?: Logger | undefined
}

const ignore = () => {}

const managerDefaults = {
  retry: undefined as RetryOptions | undefined,
  retryBudget: undefined as RetryBudgetOptions | false | undefined,
  clock: systemClock,
  random: Math.random as Random,
  translate: undefined as ErrorRecoveryOptions['translate'],
  logger: silentLogger,
}

const managerChecks = {
  clock: checkClock,
  random: checkFunction,
  translate: checkFunction,
  logger: checkLogger,
}

const taskDefaults = {
  signal: undefined as AbortSignal | undefined,
  lastError: undefined as AppError | undefined,
  scope: 'task',
  budget: true,
  failuresBefore: 0,
  isDeferral: (_error: AppError) => false as boolean,
  onRetry: ignore as OnRetry,
  onError: ignore as OnError,
}

const taskChecks = {
  ...retryChecks,
  // By its method: a frame's or a test environment's AbortSignal is of another class.
  signal: hasMethods('addEventListener'),
  scope: checkName,
  budget: (option: string, value: unknown) => checkOption(option, value, 'boolean', 'true or false'),
  failuresBefore: checkWhole(0),
  isDeferral: checkFunction,
  onRetry: checkFunction,
  onError: checkFunction,
}

/**
 * Runs operations that may fail, and tries them again: with backoff, within a shared budget, as the server advises, and
 * only if a repeat can help. All waiting to retry happens here, so it can be shown, skipped, held and ended in one
 * place.
 */
export class ErrorRecoveryManager {
  /** Made once, because each send makes a task. */
  readonly #defaults: RetryConfig & typeof taskDefaults
  readonly #shared: Recovery
  /** By task id, in the order in which the tasks were made. */
  readonly #runs = new Map<string, RecoveryRun>()
  readonly #listeners = new Listeners()
  readonly #paused = new PausedScopes()
  #made = 0
  #isClosed = false

  /** @throws TypeError, RangeError naming the option that is wrong. */
  constructor(options: ErrorRecoveryOptions = {}) {
    const filled = withDefaults('', options, managerDefaults, managerChecks)
    const { retry, retryBudget, clock, random, logger } = filled
    const translateAsUsual = (error: unknown) => translateError(error, { now: () => clock.now() })
    const { translate = translateAsUsual } = filled
    this.#defaults = { ...withDefaults('retry', retry, defaultRetryConfig, retryChecks), ...taskDefaults }
    this.#shared = {
      clock,
      random,
      logger,
      translate(error) {
        try {
          const translated = translate(error)
          if (isAppError(translated)) return translated
        } catch {}
        return translateAsUsual(error)
      },
      budget: createRetryBudget(retryBudget, 'retryBudget', clock),
      isHeld: (scope) => this.#paused.holds(scope),
      queue: new RetryQueue(),
      onChange: () => this.#listeners.tell(),
      onEnded: (taskId) => this.#runs.delete(taskId),
    }
  }

  /**
   * Runs `operation`, again if it fails and a repeat can help. While a task of the same id runs, the call joins it:
   * its own operation and config are not used, its callbacks and its signal are. So an operation must not wait for a task
   * of its own id: it would join itself, and wait for ever.
   *
   * @returns the operation's result. Rejects with an {@link AppError} and nothing else: what ended the last attempt, code
   * `cancelled` after {@link cancel} or an abort, code `closed` after {@link close}, category `validation` for an argument that
   * cannot be used.
   */
  executeWithRetry<T>(taskId: string, operation: Operation<T>, options?: ExecuteOptions): Promise<T>
  executeWithRetry<T>(
    taskId: string,
    operation: Operation<T>,
    onRetry?: OnRetry,
    onError?: OnError,
  ): Promise<T>
  executeWithRetry(
    taskId: string,
    operation: Operation<unknown>,
    onRetryOrOptions?: OnRetry | ExecuteOptions,
    onError?: OnError,
  ): Promise<never> {
    const options =
      typeof onRetryOrOptions === 'object' ? (onRetryOrOptions ?? {}) : { onRetry: onRetryOrOptions, onError }
    // A later failure happens in a timer or a reaction, whose stack does not show the caller.
    const called = new Error('called from')
    return new Promise((resolve, reject) => {
      const { signal } = options
      const caller = createCaller(
        options,
        resolve as (value: unknown) => void,
        (error) => reject(withFrames(error, called)),
        this.#shared.translate,
      )
      let plan: Plan
      try {
        plan = this.#plan(taskId, operation, options)
      } catch (cause) {
        return caller.reject(
          new AppError({ message: (cause as Error).message, category: 'validation', cause }),
        )
      }
      if (this.#isClosed) return caller.reject(closed())
      if (signal?.aborted) return caller.reject(cancelled(signal.reason))
      const running = this.#runs.get(taskId)
      if (running) return running.join(caller)
      const run = createRun(plan, this.#made++, this.#shared)
      this.#runs.set(taskId, run)
      run.join(caller)
      run.start()
    })
  }

  /** @throws TypeError, RangeError naming the argument or option that is wrong. */
  #plan(taskId: string, operation: Operation<unknown>, options: ExecuteOptions): Plan {
    checkName('taskId', taskId)
    checkFunction('operation', operation)
    return { ...withDefaults('options', options, this.#defaults, taskChecks), taskId, operation }
  }

  /** The tasks that wait for a retry. Cannot be changed; the same object until something in it changes. */
  get retryQueue(): ReadonlyMap<string, RetryTask> {
    return this.#shared.queue.view
  }

  /**
   * Starts a waiting task's next attempt now, at no cost to the budget; under a pause, as soon as that ends.
   *
   * @returns whether the task was waiting.
   */
  retryNow(taskId: string): boolean {
    return this.#runs.get(taskId)?.retryNow() ?? false
  }

  /**
   * Ends a task: aborts the signal of its operation and rejects its promise with code `cancelled`.
   *
   * @returns whether there was such a task.
   */
  cancel(taskId: string): boolean {
    const run = this.#runs.get(taskId)
    run?.cancel(cancelled())
    return run !== undefined
  }

  /**
   * Lets no attempt start until {@link resume} is called with the same reason; attempts that run go on, and waits go on
   * counting. Several reasons may hold at once.
   *
   * @param options.scope the only scope to hold. Default: every scope but `connection`.
   * @throws TypeError, RangeError naming the argument that is wrong.
   */
  pause(reason: string, { scope }: { readonly scope?: string | undefined } = {}): void {
    checkName('reason', reason)
    if (scope !== undefined) checkName('options.scope', scope)
    this.#paused.pause(reason, scope)
  }

  /** Lifts what {@link pause} did for this reason. Tasks that are due start in the order in which they were made. */
  resume(reason: string): void {
    this.#paused.resume(reason)
    for (const run of [...this.#runs.values()]) run.proceed()
  }

  /** Calls `listener` after {@link retryQueue} has changed. @returns the undo. @throws TypeError */
  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  /** Ends every task with code `closed`, for good. */
  close(): void {
    this.#isClosed = true
    for (const run of [...this.#runs.values()]) run.cancel(closed())
  }
}

/** The scopes in which no attempt may start, each with the reasons that hold it. */
export class PausedScopes {
  /** By scope. The reasons under `undefined` hold every scope but the connection's. */
  readonly #reasons = new Map<string | undefined, Set<string>>()

  pause(reason: string, scope: string | undefined): void {
    this.#reasons.set(scope, (this.#reasons.get(scope) ?? new Set()).add(reason))
  }

  /** Lifts the reason from every scope that it holds. */
  resume(reason: string): void {
    for (const [scope, reasons] of this.#reasons) {
      reasons.delete(reason)
      if (reasons.size === 0) this.#reasons.delete(scope)
    }
  }

  /**
   * Only a pause by its name holds the scope of the connection: what pauses the others is most often that the connection is
   * down, and its tasks are what brings it back.
   */
  holds(scope: string): boolean {
    return this.#reasons.has(scope) || (scope !== 'connection' && this.#reasons.has(undefined))
  }
}
