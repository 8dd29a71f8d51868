import type { ReadLog } from '../conversation/task-in-log.js'
import type { AppError } from '../errors/app-error.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import type { ExecuteOptions, OnRetry, Operation } from '../recovery/execute-options.js'
import { type DeliveryFacts, deliverTask } from './deliver-task.js'
import type { LocalTask } from './local-task.js'
import { stopTask } from './stop-task.js'

export interface TaskRunsOptions {
  readonly manager: ErrorRecoveryManager
  readonly facts: DeliveryFacts
  readonly log: ReadLog
  /** Ends every run. */
  readonly signal: AbortSignal
}

export interface DeliveryListener {
  /** An attempt begins. */
  attempt(): void
  /** The wait for the next one begins. */
  retry: OnRetry
  end(): void
  fail(error: AppError): void
}

type Owned = Pick<LocalTask, 'taskId' | 'input'>

/** What the recovery manager does for the tasks of one conversation: at most one delivery and one stop for each. */
export class TaskRuns {
  readonly #options: TaskRunsOptions
  readonly #deliveries = new Map<string, symbol>()

  constructor(options: TaskRunsOptions) {
    this.#options = options
  }

  isDelivering(taskId: string): boolean {
    return this.#deliveries.has(taskId)
  }

  deliver(task: Owned, { attempt, retry, end, fail }: DeliveryListener): void {
    const { taskId } = task
    const deliver = deliverTask(taskId, this.#options.facts)
    const operation: Operation<void> = (context) => {
      attempt()
      return deliver(context)
    }
    const run = Symbol(taskId)
    this.#deliveries.set(taskId, run)
    // Both at once, or in between the task would look as if nobody delivered it.
    const over =
      <A extends unknown[]>(tell: (...args: A) => void) =>
      (...args: A) => {
        if (this.#deliveries.get(taskId) !== run) return
        this.#deliveries.delete(taskId)
        tell(...args)
      }
    this.#execute(this.#nameOf(task), operation, { onRetry: retry }).then(over(end), over(fail))
  }

  async stop(taskId: string): Promise<void> {
    const { facts, log, signal } = this.#options
    const options = { scope: 'stop', budget: false, maxAttempts: Number.POSITIVE_INFINITY }
    try {
      await this.#execute(this.#name('stop', taskId), stopTask(taskId, { ...facts, log }), options)
    } catch (error) {
      // To whoever waits for it, closing is not the same as cancelling.
      signal.throwIfAborted()
      throw error
    }
  }

  cancel(task: Owned): void {
    this.#deliveries.delete(task.taskId)
    this.#options.manager.cancel(this.#nameOf(task))
  }

  /** Skips the wait before the next attempt. @returns whether there was one. */
  retryNow(task: Owned): boolean {
    return this.#options.manager.retryNow(this.#nameOf(task))
  }

  #execute(name: string, operation: Operation<void>, options: ExecuteOptions): Promise<void> {
    const { manager, signal } = this.#options
    return manager.executeWithRetry(name, operation, { ...options, signal })
  }

  /** Task ids are unique in one conversation; only those that were made here are in all. */
  #nameOf({ taskId, input }: Owned): string {
    return input ? taskId : this.#name('retry', taskId)
  }

  #name(action: string, taskId: string): string {
    return JSON.stringify([action, this.#options.facts.conversationId, taskId])
  }
}
