import type { Clock } from '../../shared/clock.js'

/** A responder that never waits for anything must let others have the processor. */
const longestTurnMs = 10
const longestTurnChunks = 512

/** Lets other work in between, if a responder gives chunk after chunk without a pause. */
export class Breath {
  readonly #clock: Clock
  #chunks = 0
  #since: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#since = clock.now()
  }

  needed(): Promise<void> | undefined {
    this.#chunks += 1
    if (this.#chunks < longestTurnChunks && this.#clock.now() - this.#since < longestTurnMs) return undefined
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.#chunks = 0
      this.#since = this.#clock.now()
    })
  }
}
