import { AppError } from '../errors/app-error.js'
import type { KnownErrorCode } from '../errors/error-policy.js'
import { read } from '../errors/read.js'
import type { Clock, Random } from '../shared/clock.js'
import type { Logger } from '../shared/logger.js'
import type { RetryBudget } from './retry-budget.js'
import type { RetryQueue } from './retry-queue.js'

/** The state that all runs of one manager share. */
export interface Recovery {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly translate: (error: unknown) => AppError
  readonly budget: RetryBudget
  /** Whether a pause holds the scope. */
  readonly isHeld: (scope: string) => boolean
  readonly queue: RetryQueue
  /** Tells those who subscribed that what waits has changed. */
  readonly onChange: () => void
  /** The task's run is over, and its id free. */
  readonly onEnded: (taskId: string) => void
}

/** An end, or an earlier failure, that no operation threw. */
const unfinished = (code: KnownErrorCode, cause?: unknown) =>
  new AppError({ message: `unable to finish the task; ${code}`, code, cause })

/** @param reason the reason of an abort. A time-out reads as a time-out, since no caller cancelled anything. */
export const cancelled = (reason?: unknown) =>
  unfinished(read(reason, 'name') === 'TimeoutError' ? 'timeout' : 'cancelled', reason)
export const closed = () => unfinished('closed')
export const failedBefore = () => unfinished('interrupted')
