import { AppError, type ErrorCode } from '../errors/app-error.js'
import type { Clock, Random } from '../shared/clock.js'
import type { Logger } from '../shared/logger.js'
import type { Hold } from './paused-scopes.js'
import type { RetryBudgetConfig } from './retry-budget.js'
import type { RetryTask } from './retry-task.js'

/** What all runs of one manager share. */
export interface Recovery {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly translate: (error: unknown) => AppError
  readonly budget: RetryBudgetConfig
  /** What is left of the budget. */
  tokens: number
  holds: readonly Hold[]
  /** What waits, while it has not changed since it was asked for. */
  queue: ReadonlyMap<string, RetryTask> | undefined
  /** Tells those who subscribed that what waits has changed. */
  readonly changed: () => void
  /** The task's run is over, and its id free. */
  readonly ended: (taskId: string) => void
}

/** An end, or an earlier failure, that no operation threw. */
const unfinished = (code: ErrorCode, reason: string, cause?: unknown) =>
  new AppError({ message: `unable to finish the task; ${reason}`, code, cause })

export const cancelled = (cause?: unknown) => unfinished('cancelled', 'it was cancelled', cause)
export const closed = () => unfinished('closed', 'the manager was closed')
export const failedBefore = () => unfinished('interrupted', 'an earlier attempt failed')
