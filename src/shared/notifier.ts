import type { Clock } from './clock.js'
import { guarded, Listeners, reportError } from './listeners.js'
import type { Schedule } from './schedule.js'

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
