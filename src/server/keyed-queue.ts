/** Runs what belongs to one key in the order it came, one at a time; keys do not wait for each other. */
export class KeyedQueue<Key> {
  readonly #tails = new Map<Key, Promise<unknown>>()

  run<T>(key: Key, operation: () => T | Promise<T>): Promise<T> {
    const result = (this.#tails.get(key) ?? Promise.resolve()).then(operation)
    // One failed operation is its caller's matter; the next one runs all the same.
    const tail: Promise<void> = result.then(
      () => this.#forget(key, tail),
      () => this.#forget(key, tail),
    )
    this.#tails.set(key, tail)
    return result
  }

  /** Keys with something that runs or waits. */
  get size() {
    return this.#tails.size
  }

  #forget(key: Key, tail: Promise<unknown>) {
    if (this.#tails.get(key) === tail) this.#tails.delete(key)
  }
}
