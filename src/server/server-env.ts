import type { Clock, Random } from '../shared/clock.js'
import type { Logger } from '../shared/logger.js'

/** The surroundings of a server, handed on as one: an app or a test may replace each. */
export interface ServerEnv {
  readonly clock: Clock
  readonly random: Random
  readonly createId: () => string
  readonly logger: Logger
  /** Gets each error that ends a try, and each fault of a request, as it was thrown. Must not throw. */
  readonly rawErrorSink?: ((error: unknown) => void) | undefined
}
