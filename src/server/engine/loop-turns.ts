/** Counts the turns of the event loop, for whoever asks. */
export class LoopTurns {
  #current = 0
  #isWatched = false

  /** Another number as soon as other work had its turn. */
  get current(): number {
    if (!this.#isWatched) {
      this.#isWatched = true
      setImmediate(() => {
        this.#isWatched = false
        this.#current += 1
      })
    }
    return this.#current
  }
}

export const loopTurns = new LoopTurns()
