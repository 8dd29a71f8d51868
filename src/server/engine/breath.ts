import type { Clock } from '../../shared/clock.js'
import { type LoopTurns, loopTurns } from './loop-turns.js'

/** A responder that never waits for anything must let others have the processor. */
const maxTurnMs = 10
const maxTurnChunks = 512

/** Lets other work in between, if a responder gives chunk after chunk without a pause. */
export class Breath {
  readonly #clock: Clock
  readonly #turns: LoopTurns
  #turn: number
  #chunks = 0
  #since: number

  /** @param turns default those of this process. */
  constructor(clock: Clock, turns: LoopTurns = loopTurns) {
    this.#clock = clock
    this.#turns = turns
    this.#turn = turns.current
    this.#since = clock.now()
  }

  /** Called for each chunk; a promise if others must have their turn first. */
  needed(): Promise<void> | undefined {
    const turn = this.#turns.current
    const now = this.#clock.now()
    if (turn !== this.#turn) {
      this.#turn = turn
      this.#chunks = 0
      this.#since = now
    }
    this.#chunks += 1
    if (this.#chunks < maxTurnChunks && now - this.#since < maxTurnMs) return undefined
    return new Promise<void>((resolve) => setImmediate(resolve))
  }
}
