import type { Clock, TimerId } from '../shared/clock.js'
import type { Logger } from '../shared/logger.js'
import { failureFields } from './failure-fields.js'

/**
 * Milliseconds that a close may take beside `drainMs`: to store how the rest of the answers ended, to end subscriptions and
 * to close the store. A store that answers at all needs a fraction of that.
 */
export const CLOSE_GRACE_MS = 5000

/** The end of a close: a store that never answers must not keep a process from its end. */
export class CloseDeadline {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #timer: TimerId
  readonly #passed: Promise<void>

  constructor(ms: number, { clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock
    this.#logger = logger
    let pass = () => {}
    this.#passed = new Promise((resolve) => {
      pass = resolve
    })
    this.#timer = clock.setTimeout(pass, ms)
  }

  /**
   * Waits for the work, at most until the deadline. Never rejects: a failure, or that the wait was given up, is logged.
   *
   * @returns whether the work is over.
   */
  async wait(what: string, work: () => Promise<unknown>): Promise<boolean> {
    const over = (async () => {
      try {
        await work()
      } catch (error) {
        this.#logger.error('a part of the close failed', { part: what, ...failureFields(error) })
      }
      return true
    })()
    // Work that waits for nothing gets its turn, also if it begins past the deadline.
    const late = this.#passed.then(() => new Promise<false>((resolve) => setImmediate(resolve, false)))
    const isOver = await Promise.race([over, late])
    if (!isOver) this.#logger.error('the close gave up a wait; the store does not answer', { part: what })
    return isOver
  }

  end(): void {
    this.#clock.clearTimeout(this.#timer)
  }
}
