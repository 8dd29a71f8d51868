/** Since when tasks wait whose function another process has, or had. */
export class Orphans {
  readonly #leaseMs: number
  /** Oldest first. */
  readonly #since = new Map<string, number>()

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs
  }

  get size(): number {
    return this.#since.size
  }

  /** Milliseconds for which this node has known that the task waits. */
  waitOf(name: string, now: number): number {
    const since = this.#since.get(name) ?? now
    // Of most of them this node never hears again, because the process that has the function came for them.
    for (const [old, at] of this.#since) {
      if (now - at < 2 * this.#leaseMs) break
      this.#since.delete(old)
    }
    this.#since.set(name, since)
    return now - since
  }

  delete(name: string): void {
    this.#since.delete(name)
  }
}
