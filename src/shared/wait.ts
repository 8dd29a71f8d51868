import { Listeners } from './listeners.js'

/** The listeners of one signal. */
class AbortListeners extends Listeners {
  readonly abort = (): void => this.tell()
}

const waiting = new WeakMap<AbortSignal, AbortListeners>()

/**
 * Calls `listener` when the signal aborts. The signal itself has one listener, however many wait for it: Node takes the
 * eleventh for a leak, and warns.
 *
 * @returns the undo.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = waiting.get(signal) ?? new AbortListeners()
  waiting.set(signal, listeners)
  // A signal takes the same listener only once.
  signal.addEventListener('abort', listeners.abort)
  const remove = listeners.add(listener)
  return () => {
    remove()
    if (!listeners.isHeard) signal.removeEventListener('abort', listeners.abort)
  }
}

/**
 * Waits for what `begin` starts, and gives up on abort, with `signal.reason`. `begin` returns the undo of its work. The undo runs
 * however the wait ends, so neither a timer nor a listener outlives the promise.
 */
export async function waitUnlessAborted<T>(
  signal: AbortSignal | undefined,
  begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => (() => void) | undefined,
): Promise<T> {
  let stopListening: (() => void) | undefined
  let undo: (() => void) | undefined
  try {
    return await new Promise<T>((resolve, reject) => {
      const abort = () => reject(signal?.reason)
      if (signal?.aborted) return abort()
      if (signal) stopListening = onAbort(signal, abort)
      undo = begin(resolve, reject)
    })
  } finally {
    stopListening?.()
    undo?.()
  }
}

/** The promise, given up on abort; what it settles with later is ignored. */
export const abortable = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  waitUnlessAborted(signal, (resolve, reject) => {
    promise.then(resolve, reject)
  })

/**
 * Waiting for a fact. Code that changes the facts calls {@link notify}; each waiter looks again. One mechanism instead of a
 * promise kept per question: nothing can be left unsettled by a forgotten call.
 */
export class Condition {
  readonly #waiters = new Set<() => void>()

  notify(): void {
    for (const check of [...this.#waiters]) check()
  }

  /** Resolves with the first value other than undefined and false that `probe` returns; rejects with what it throws, or on abort. */
  waitFor<T extends object | string | true>(
    probe: () => T | false | undefined,
    signal: AbortSignal,
  ): Promise<T> {
    return waitUnlessAborted<T>(signal, (resolve, reject) => {
      const check = () => {
        try {
          const found = probe()
          if (!found) return
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
