import type { Clock, TimerId } from '../../shared/clock.js'

/**
 * The moments at which all answers of this node store what they have gathered. Steps that run one after the other cost a third
 * of steps that stand alone, so an answer waits for the next moment as soon as another one has stored something.
 */
export class FlushTick {
  readonly #flushMs: number
  readonly #clock: Clock
  #waiting: (() => void)[] = []
  #flushedAt = Number.NEGATIVE_INFINITY
  #timer: TimerId | null = null

  /** @param flushMs milliseconds between two moments. */
  constructor(flushMs: number, clock: Clock) {
    this.#flushMs = flushMs
    this.#clock = clock
  }

  /** Whether the words of an answer that are stored together become one event. */
  get joinsWords(): boolean {
    return this.#flushMs > 0
  }

  /** Whether no answer has stored anything for so long that the next chunk need not wait. */
  get isQuiet(): boolean {
    return this.#waiting.length === 0 && this.#rest <= 0
  }

  /** An answer stores something at this time, which is now. */
  flushed(now: number): void {
    this.#flushedAt = now
  }

  /** Calls `flush` at the next moment. A caller that waits already must not ask again. */
  wait(flush: () => void): void {
    this.#waiting.push(flush)
    this.#timer ??= this.#clock.setTimeout(() => this.#flushAll(), Math.max(0, this.#rest))
  }

  cancel(flush: () => void): void {
    const index = this.#waiting.indexOf(flush)
    if (index >= 0) this.#waiting.splice(index, 1)
    if (this.#waiting.length > 0 || this.#timer === null) return
    this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  get #rest(): number {
    const rest = this.#flushedAt + this.#flushMs - this.#clock.now()
    // A clock that was set back must not hold up answers.
    return Math.min(rest, this.#flushMs)
  }

  #flushAll(): void {
    this.#timer = null
    const waiting = this.#waiting
    this.#waiting = []
    for (const flush of waiting) flush()
  }
}
