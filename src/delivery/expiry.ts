import type { Clock, TimerId } from '../shared/clock.js'

export interface ExpiryOptions {
  readonly clock: Clock
  /** Milliseconds from the person's action; may be `Infinity`. */
  readonly maxAge: number
  readonly expired: () => void
}

/**
 * Until when an intent may wait to be accepted. A timer decides, since it goes on when somebody sets the clock; the clock
 * is asked once, for what an earlier page left. Where that is too late already, the earlier page may have sent it in time:
 * it is not given up before the log was read.
 */
export class Expiry {
  readonly #options: ExpiryOptions
  #timer: TimerId | null = null
  #isOverdue = false

  constructor(options: ExpiryOptions) {
    this.#options = options
  }

  /** Whether it was too late from the beginning: what is not in the log must not be sent any more. */
  get isOverdue(): boolean {
    return this.#isOverdue
  }

  /** It waits; does nothing where that is known. */
  begin(createdAt: string): void {
    const { clock, maxAge, expired } = this.#options
    if (maxAge === Number.POSITIVE_INFINITY || this.#timer !== null || this.#isOverdue) return
    const age = clock.now() - Date.parse(createdAt)
    // What seems to come from the future is new.
    const left = age >= 0 ? maxAge - age : maxAge
    if (left > 0) this.#timer = clock.setTimeout(expired, left)
    else this.#isOverdue = true
  }

  /** It waits no more. */
  end(): void {
    this.#options.clock.clearTimeout(this.#timer)
    this.#timer = null
    this.#isOverdue = false
  }
}
