import type { Clock, TimerId } from '../../src/shared/clock.js'

interface Timer {
  at: number
  callback: () => void
}

/** Lets every promise reaction that is ready run, and those that they make ready. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A clock that stands still until a test moves it. Timers run in the order of their time, promises in between. */
export class VirtualClock implements Clock {
  #now: number
  #timers = new Map<number, Timer>()
  #nextId = 1

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start
  }

  now() {
    return this.#now
  }

  setTimeout(callback: () => void, delay: number): TimerId {
    const id = this.#nextId++
    this.#timers.set(id, { at: this.#now + Math.max(0, delay), callback })
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
    const next = this.#earliest()
    return next === undefined ? undefined : next[1].at - this.#now
  }

  /** Moves time forward by `ms`, running what falls due. */
  async advance(ms: number) {
    const until = this.#now + ms
    await settle()
    for (let next = this.#earliest(); next && next[1].at <= until; next = this.#earliest()) {
      this.#timers.delete(next[0])
      this.#now = Math.max(this.#now, next[1].at)
      next[1].callback()
      await settle()
    }
    this.#now = until
  }

  /** Moves time without running anything, as a machine that slept does. */
  jump(ms: number) {
    this.#now += ms
  }

  #earliest(): [number, Timer] | undefined {
    let earliest: [number, Timer] | undefined
    for (const entry of this.#timers) if (!earliest || entry[1].at < earliest[1].at) earliest = entry
    return earliest
  }
}
