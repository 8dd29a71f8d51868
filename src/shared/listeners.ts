import { checkFunction } from './check-option.js'
import type { Clock } from './clock.js'
import type { Schedule } from './schedule.js'

/** Hands an error that an app's callback threw to the page's own error reporting; it must not stop the SDK. */
export function reportError(error: unknown): void {
  globalThis.reportError?.(error)
}

/** Runs an app's callback, if there is one, so that its failure stays its own, be it a throw or a rejection. */
export const guarded =
  <A extends unknown[]>(callback: ((...args: A) => unknown) | undefined): ((...args: A) => void) =>
  (...args) => {
    try {
      const result = callback?.(...args)
      // By what it can do: a frame's or a worker's promise is of another class.
      ;(result as PromiseLike<unknown> | undefined)?.then?.(undefined, reportError)
    } catch (error) {
      reportError(error)
    }
  }

/** Functions that are called when something happens. A listener that throws doesn't silence the others. */
export class Listeners<A extends unknown[] = []> {
  readonly #all = new Set<(...args: A) => void>()

  get isHeard(): boolean {
    return this.#all.size > 0
  }

  /** @returns the undo. @throws TypeError if `listener` is no function. */
  add(listener: (...args: A) => unknown): () => void {
    checkFunction('listener', listener)
    const safe = guarded(listener)
    this.#all.add(safe)
    return () => void this.#all.delete(safe)
  }

  tell(...args: A): void {
    for (const listener of [...this.#all]) if (this.#all.has(listener)) listener(...args)
  }

  clear(): void {
    this.#all.clear()
  }
}

// Milliseconds between two notifications if the app's schedule throws.
const frame = 16

/** Listeners that are told of many changes at once, when a schedule says so. The schedule may be the app's own. */
export class Notifier {
  readonly #schedule: Schedule
  readonly #clock: Clock
  readonly listeners = new Listeners()
  #isPending = false
  #cancel: unknown

  constructor(schedule: Schedule, clock: Clock) {
    this.#schedule = schedule
    this.#clock = clock
  }

  /** Tells the listeners soon; what changes until then is told along with it. */
  notify(): void {
    if (this.#isPending || !this.listeners.isHeard) return
    this.#isPending = true
    try {
      // It may also flush at once, and then there is nothing to cancel any more.
      this.#cancel = this.#schedule(this.#flush)
    } catch (error) {
      reportError(error)
      const timer = this.#clock.setTimeout(this.#flush, frame)
      this.#cancel = () => this.#clock.clearTimeout(timer)
    }
  }

  /** Tells the listeners now of whatever has changed, and leaves no timer behind. */
  flush(): void {
    if (this.#isPending && typeof this.#cancel === 'function') guarded(this.#cancel as () => void)()
    this.#isPending = true
    this.#flush()
  }

  #flush = (): void => {
    if (!this.#isPending) return
    this.#isPending = false
    this.listeners.tell()
  }
}
