/**
 * Waiting for a fact. Whoever changes what the facts are made of calls {@link notify}; each waiter looks again.
 * One mechanism instead of a promise kept per question: nothing can be left unsettled by a forgotten call.
 */
export class Condition {
  readonly #waiters = new Set<() => void>()

  notify(): void {
    for (const check of [...this.#waiters]) check()
  }

  /** Resolves with the first value other than undefined that `probe` returns; rejects with what it throws, or on abort. */
  until<T>(probe: () => T | undefined, signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const end = () => {
        this.#waiters.delete(check)
        signal.removeEventListener('abort', abort)
      }
      const abort = () => {
        end()
        reject(signal.reason)
      }
      const check = () => {
        try {
          const found = probe()
          if (found === undefined) return
          end()
          resolve(found)
        } catch (error) {
          end()
          reject(error)
        }
      }
      if (signal.aborted) return reject(signal.reason)
      signal.addEventListener('abort', abort)
      this.#waiters.add(check)
      check()
    })
  }
}
