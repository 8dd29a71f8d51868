import type { Clock, TimerId } from '../../src/shared/clock.js'
import { TimerHeap } from './timer-heap.js'

/** Lets every promise reaction that is ready run, and those that they make ready. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A clock that stands still until a test moves it. Timers run in the order of their time, promises in between. */
export class VirtualClock implements Clock {
  #now: number
  readonly #timers = new TimerHeap()
  #nextId = 1

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start
  }

  now() {
    return this.#now
  }

  setTimeout(callback: () => void, delay: number): TimerId {
    const id = this.#nextId++
    this.#timers.add({ id, at: this.#now + Math.max(0, delay), callback })
    return id
  }

  clearTimeout(id: TimerId) {
    this.#timers.delete(id as number)
  }

  /** How many timers wait. */
  get pending() {
    return this.#timers.size
  }

  /** How long until the next timer, in milliseconds; undefined where none waits. */
  get nextIn(): number | undefined {
    const next = this.#timers.earliest()
    return next && next.at - this.#now
  }

  /** Moves time forward by `ms`, running what falls due. */
  async advance(ms: number) {
    const until = this.#now + ms
    await settle()
    for (let next = this.#timers.earliest(); next && next.at <= until; next = this.#timers.earliest()) {
      this.#timers.delete(next.id)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
      await settle()
    }
    this.#now = until
  }

  /** Moves time without running anything, as a machine that slept does. */
  jump(ms: number) {
    this.#now += ms
  }
}
