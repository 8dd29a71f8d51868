import type { Clock, TimerId } from '../shared/clock.js'

export interface IdleWatchOptions {
  readonly clock: Clock
  /** Milliseconds of silence after which the server is asked. */
  readonly idle: number
  /** Whether something is awaited that may be silent for too long. */
  readonly isAwaiting: () => boolean
  /** Milliseconds since the Unix epoch. */
  readonly lastHeard: () => number
  readonly ask: () => void
}

/** While something is awaited: one timer, which looks how long nothing was heard, and asks if that is too long. */
export class IdleWatch {
  readonly #options: IdleWatchOptions
  #timer: TimerId | null = null

  constructor(options: IdleWatchOptions) {
    this.#options = options
  }

  /** Begins or ends watching; to be called when something is awaited, and when nothing is any more. */
  look(): void {
    const { clock, idle, isAwaiting, lastHeard, ask } = this.#options
    if (!isAwaiting()) this.stop()
    else if (this.#timer === null) {
      // A clock that was set back meanwhile must not put the question off.
      const silence = () => Math.abs(clock.now() - lastHeard())
      this.#timer = clock.setTimeout(
        () => {
          this.#timer = null
          if (silence() >= idle) ask()
          this.look()
        },
        // If the question has no answer yet, it is looked after again a little later.
        Math.max(idle - silence(), idle / 10),
      )
    }
  }

  stop(): void {
    this.#options.clock.clearTimeout(this.#timer)
    this.#timer = null
  }
}
