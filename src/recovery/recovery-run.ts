import type { AppError } from '../errors/app-error.js'
import { errorFields } from '../errors/log-fields.js'
import { guarded } from '../shared/listeners.js'
import { onAbort } from '../shared/wait.js'
import { backoff } from './backoff.js'
import type { ExecuteOptions, Plan } from './execute-options.js'
import { cancelled, failedBefore, type Recovery } from './recovery.js'
import { mayRetryAfter, type RetryTask } from './retry-task.js'

export interface RecoveryRun {
  join(caller: Caller): void
  start(): void
  /** Starts the attempt that is due, unless a pause holds it. */
  proceed(): void
  /** Skips the wait; false if none is going on. */
  retryNow(): boolean
  /** Ends the task with `error`. An operation that ignores its signal goes on, but its result is dropped. */
  cancel(error: AppError): void
}

/**
 * One task from its first attempt to its end. It alternates between an attempt and the wait for the next one; a wait is
 * over when its time has passed and no pause holds its scope.
 *
 * @param order the run's place among all runs of the manager.
 */
export function createRun(plan: Plan, order: number, shared: Recovery): RecoveryRun {
  const { taskId, operation, scope, budget, failuresBefore, maxAttempts } = plan
  const { clock, logger } = shared
  const callers = new Set<Caller>()
  /** The number of the attempt that runs, or comes next. */
  let next = 1
  /** Failures so far, also those that cost no attempt. */
  let failures = 0
  /** Ends the attempt or the wait that goes on. */
  let stop: (error?: AppError) => void = () => {}
  let waiting: RetryTask | undefined
  /** The wait's time has passed. */
  let isDue = false
  /** The retry that is waited for was paid from the budget. */
  let isPaid = false
  let isOver = false

  const show = (task: RetryTask | undefined) => {
    waiting = task && Object.freeze(task)
    shared.queue.change(order, waiting)
  }

  /** Ends the wait. The operation and the callbacks, which `go` calls before the subscribers are told, do not see it any more. */
  const leaveQueue = (go: () => void) => {
    const hasWaited = waiting
    isDue = false
    if (hasWaited) show(undefined)
    go()
    if (hasWaited) shared.onChange()
  }

  const giveBack = () => {
    if (isPaid) shared.budget.giveBack()
    isPaid = false
  }

  const proceed = () => {
    if (isDue && !shared.isHeld(scope)) runAttempt()
  }

  const becomeDue = () => {
    isDue = true
    proceed()
  }

  const runAttempt = () => {
    // Each attempt has its own signal, so that no listener outlives what it listened for.
    const phase = new AbortController()
    stop = (error) => phase.abort(error)
    isPaid = false
    leaveQueue(() => {
      // The constructor runs the operation at once, and turns what it throws into a rejection.
      new Promise((resolve) => resolve(operation({ attempt: next, signal: phase.signal }))).then(
        succeed,
        fail,
      )
    })
  }

  const succeed = (value: unknown) => {
    if (isOver) return
    if (budget) shared.budget.succeeded()
    end((caller) => caller.resolve(value))
  }

  const fail = (thrown: unknown) => {
    if (isOver) return
    const error = shared.translate(thrown)
    failures++
    if (!mayRetryAfter(error) || !(isDeferral(error) || payForRetry())) {
      return end((caller) => caller.reject(error))
    }
    wait(error)
  }

  const isDeferral = (error: AppError): boolean => {
    let isOne = false
    guarded(() => {
      isOne = plan.isDeferral(error)
    })()
    return isOne
  }

  /** Counts the attempt to come. @returns false if the task, or all tasks together, may not have it. */
  const payForRetry = (): boolean => {
    if (next >= maxAttempts || (budget && !shared.budget.take())) return false
    isPaid = budget
    next++
    return true
  }

  const wait = (error: AppError) => {
    // Timers cut fractions of a millisecond off, and a server's advice must not be undercut.
    const ms = Math.ceil(backoff(failuresBefore + failures, plan, shared.random, error.retryAfterMs))
    const task = { taskId, scope, attempt: next, maxAttempts, nextRetryAt: clock.now() + ms, error }
    show(task)
    // The task may be cancelled or started in the instant in which the timer fires, too.
    const timer = clock.setTimeout(() => queueMicrotask(() => waiting === task && becomeDue()), ms)
    stop = () => clock.clearTimeout(timer)
    guarded(() => logger.info('retry', { scope, attempt: next, ms, ...errorFields(error) }))()
    shared.onChange()
    for (const caller of failures > 0 ? [...callers] : []) {
      // A subscriber or an earlier caller may have skipped the wait, or ended the task.
      if (waiting === task && callers.has(caller)) caller.onRetry(failures, task)
    }
  }

  const end = (settle: (caller: Caller) => void) => {
    isOver = true
    leaveQueue(() => {
      // First, so that a callback may start a task of the same id.
      shared.onEnded(taskId)
      for (const caller of callers) {
        // Before it is told, so that an abort by another's callback does not settle it a second time.
        callers.delete(caller)
        settle(caller)
      }
    })
  }

  const cancel = (error: AppError) => {
    if (isOver) return
    // Before the abort, whose listeners may cancel once more.
    isOver = true
    giveBack()
    stop(error)
    end((caller) => caller.reject(error))
  }

  return {
    join(caller) {
      callers.add(caller)
      caller.onAbort((error) => {
        callers.delete(caller)
        if (callers.size === 0) cancel(error)
      })
    },
    start() {
      if (failuresBefore > 0) wait(plan.lastError ?? failedBefore())
      else becomeDue()
    },
    proceed,
    retryNow() {
      if (!waiting) return false
      // A person's retry is not one of those that the budget is there to bound.
      giveBack()
      if (!isDue) {
        stop()
        show({ ...waiting, nextRetryAt: clock.now() })
        becomeDue()
        if (waiting) shared.onChange()
      }
      return true
    },
    cancel,
  }
}

/** One call that waits for a task. A call that joins a running task is one more caller. */
export interface Caller {
  /** Says that the wait before a retry began. */
  onRetry(retry: number, task: RetryTask): void
  resolve(value: unknown): void
  reject(error: AppError): void
  /** Rejects the call when its signal is aborted before it has settled, after a call of `leave`. */
  onAbort(leave: (error: AppError) => void): void
}

export function createCaller(
  { signal, onRetry, onError }: ExecuteOptions,
  resolve: (value: unknown) => void,
  reject: (error: AppError) => void,
  translate: (error: AppError) => AppError,
): Caller {
  let stopListening = () => {}
  const caller: Caller = {
    onRetry: guarded(onRetry),
    resolve(value) {
      stopListening()
      resolve(value)
    },
    reject(reason) {
      const error = translate(reason)
      stopListening()
      guarded(onError)(error)
      reject(error)
    },
    onAbort(leave) {
      if (!signal) return
      stopListening = onAbort(signal, () => {
        const error = cancelled(signal.reason)
        leave(error)
        caller.reject(error)
      })
    },
  }
  return caller
}
