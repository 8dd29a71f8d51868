import type { Clock, Random } from '../shared/clock.js'
import type { Logger } from '../shared/logger.js'
import type { AppError } from './app-error.js'

/** The client's surroundings, which every collaborator may need: time, chance, its log, and the one error type. */
export interface Env {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Makes an {@link AppError} of anything that was thrown; the same error gives the same result. */
  readonly translate: (error: unknown) => AppError
}
