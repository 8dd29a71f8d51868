import type { Clock, Random } from '../../src/shared/clock.js'
import { seededRandom } from '../support/random.js'
import { type Step, type StepName, type Weather, weather } from './steps.js'

interface Spell {
  readonly what: Weather
  readonly until: number
  /** Whom it meets; null: everyone. */
  readonly page: number | null
  readonly random: Random
}

/** The faults that last: whoever does what they can strike asks here. */
export class Climate {
  /** How often each fault has struck. */
  readonly struck = new Map<StepName, number>()
  readonly #clock: Clock
  #spells: Spell[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin({ what, lasts, salt }: Step, page: number): void {
    const random = seededRandom(salt)
    const meetsAll = random() < 0.5
    const until = this.#clock.now() + lasts
    this.#spells.push({ what: what as Weather, until, page: meetsAll ? null : page, random })
  }

  end(): void {
    this.#spells = []
  }

  /** The source of all chance of the fault that strikes; undefined where none does. Without a page all spells count. */
  strikes(what: Weather, page?: number): Random | undefined {
    const now = this.#clock.now()
    for (const spell of this.#spells) {
      if (spell.what !== what || spell.until <= now) continue
      if (page !== undefined && spell.page !== null && spell.page !== page) continue
      if (spell.random() >= weather[what].chance) continue
      this.note(what)
      return spell.random
    }
    return undefined
  }

  note(what: StepName): void {
    this.struck.set(what, (this.struck.get(what) ?? 0) + 1)
  }
}
