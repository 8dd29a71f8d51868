import type { Clock, TimerId } from '../../src/shared/clock.js'

/** Another clock, with a count of the timers that were set through this one and still wait. */
export class TrackedClock implements Clock {
  readonly #clock: Clock
  readonly #waiting = new Set<TimerId>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get pending(): number {
    return this.#waiting.size
  }

  now() {
    return this.#clock.now()
  }

  setTimeout(callback: () => void, delay: number): TimerId {
    const id = this.#clock.setTimeout(() => {
      this.#waiting.delete(id)
      callback()
    }, delay)
    this.#waiting.add(id)
    return id
  }

  clearTimeout(id: TimerId) {
    this.#waiting.delete(id)
    this.#clock.clearTimeout(id)
  }
}
