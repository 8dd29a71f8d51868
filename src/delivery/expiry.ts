import type { Clock, TimerId } from '../shared/clock.js'

export interface ExpiryOptions {
  readonly clock: Clock
  /** Milliseconds from the person's action. */
  readonly maxAge: number
  readonly onExpired: () => void
}

/**
 * Until when an intent may wait to be accepted. A timer decides, because a timer goes on if the clock is set. The clock is asked
 * only once, for an intent that an earlier page left. If that is too old already, the earlier page may have sent it in time, so
 * it is not given up before the log was read.
 */
export class Expiry {
  readonly #options: ExpiryOptions
  #timer: TimerId | null = null
  #isOverdue = false

  constructor(options: ExpiryOptions) {
    this.#options = options
  }

  /** Whether the intent was too old from the beginning: if the log does not show it, it must not be sent any more. */
  get isOverdue(): boolean {
    return this.#isOverdue
  }

  /** The intent waits. Does nothing if it waited already. */
  begin(createdAt: string): void {
    const { clock, maxAge, onExpired } = this.#options
    if (this.#timer !== null || this.#isOverdue) return
    const age = clock.now() - Date.parse(createdAt)
    // An intent that seems to come from the future is new.
    const left = age >= 0 ? maxAge - age : maxAge
    if (left > 0) this.#timer = clock.setTimeout(onExpired, left)
    else this.#isOverdue = true
  }

  /** The intent no longer waits. */
  end(): void {
    this.#options.clock.clearTimeout(this.#timer)
    this.#timer = null
    this.#isOverdue = false
  }
}
