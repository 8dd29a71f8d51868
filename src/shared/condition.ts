import { waitUnlessAborted } from './abort.js'

/**
 * Waiting for a fact. Code that changes the facts calls {@link notify}; each waiter looks again. One mechanism instead of a
 * promise kept per question: nothing can be left unsettled by a forgotten call.
 */
export class Condition {
  readonly #waiters = new Set<() => void>()

  notify(): void {
    for (const check of [...this.#waiters]) check()
  }

  /** Resolves with the first value other than undefined that `probe` returns; rejects with what it throws, or on abort. */
  waitFor<T>(probe: () => T | undefined, signal: AbortSignal): Promise<T> {
    return waitUnlessAborted<T>(signal, (resolve, reject) => {
      const check = () => {
        try {
          const found = probe()
          if (found === undefined) return
          this.#waiters.delete(check)
          resolve(found)
        } catch (error) {
          // At once, and not when the promise's reaction runs: a probe that has given its answer is not asked again.
          this.#waiters.delete(check)
          reject(error)
        }
      }
      this.#waiters.add(check)
      check()
      return () => this.#waiters.delete(check)
    })
  }
}
