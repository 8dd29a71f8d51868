/** Large answers that are made for one user at the same time, over all connections. */
const maxAtOnce = 4

interface Reader {
  running: number
  readonly waiting: (() => void)[]
}

/**
 * A user's connections take turns with what is large. One connection has one large answer at a time; thirty connections
 * would have thirty, one after the other, before another request is looked at.
 */
export class ReadTurns {
  readonly #readers = new Map<string, Reader>()

  /** Resolves once it is this one's turn. @returns the end of the turn, to be called once. */
  async begin(user: string): Promise<() => void> {
    const reader = this.#readers.get(user) ?? { running: 0, waiting: [] }
    this.#readers.set(user, reader)
    if (reader.running >= maxAtOnce) await new Promise<void>((resolve) => reader.waiting.push(resolve))
    else reader.running += 1
    // Only once others had their turn of the event loop: an answer that waits for nothing ends in the turn in which it began.
    return () => void setImmediate(() => this.#end(user, reader))
  }

  #end(user: string, reader: Reader): void {
    const next = reader.waiting.shift()
    if (next) {
      next()
      return
    }
    reader.running -= 1
    if (reader.running === 0) this.#readers.delete(user)
  }
}
