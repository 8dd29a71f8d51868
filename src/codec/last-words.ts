import type { Clock, TimerId } from '../shared/clock.js'
import { Condition } from '../shared/wait.js'

// Milliseconds of silence after which a server that knows of a stop has said its last words.
const silenceMs = 1000

// Nothing but the end of the silence ends a wait.
const never = new AbortController().signal

/** Waits until a server has said the last words of the answers that were stopped. */
export class LastWords {
  readonly #clock: Clock
  readonly #onOver: () => void
  readonly #changes = new Condition()
  #timer: TimerId | null = null

  /** @param onOver called if the server was silent for so long that it has nothing more to say */
  constructor(clock: Clock, onOver: () => void) {
    this.#clock = clock
    this.#onOver = onOver
  }

  /** An answer was stopped. */
  begin(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#timer = this.#clock.setTimeout(() => {
      this.end()
      this.#onOver()
    }, silenceMs)
  }

  /** The server said something. */
  heard(): void {
    if (this.#timer !== null) this.begin()
  }

  /** No stopped answer is left. */
  end(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#timer = null
    this.#changes.notify()
  }

  get areAwaited(): boolean {
    return this.#timer !== null
  }

  async whenOver(): Promise<void> {
    await this.#changes.waitFor(() => this.#timer === null, never)
  }
}
