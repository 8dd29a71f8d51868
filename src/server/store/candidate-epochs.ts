import type { Clock } from '../../shared/clock.js'
import type { ConversationKey } from './conversation-key.js'
import { CANDIDATE_MS } from './store.js'

/** Enough for every join of ten minutes at 100 a second; beyond that the oldest is named anew, which costs one join. */
const MAX_CANDIDATES = 60_000

/** The epochs that were named for conversations that do not exist yet. */
export class CandidateEpochs {
  readonly #clock: Clock
  readonly #createId: () => string
  readonly #candidates = new Map<ConversationKey, { readonly epoch: string; readonly since: number }>()

  constructor(clock: Clock, createId: () => string) {
    this.#clock = clock
    this.#createId = createId
  }

  epochOf(key: ConversationKey): string {
    const now = this.#clock.now()
    this.#forgetLapsed(now)
    const known = this.#candidates.get(key)
    if (known) return known.epoch
    const epoch = this.#createId()
    this.#candidates.set(key, { epoch, since: now })
    return epoch
  }

  forget(key: ConversationKey) {
    this.#candidates.delete(key)
  }

  #forgetLapsed(now: number) {
    for (const [key, { since }] of this.#candidates) {
      if (now - since <= CANDIDATE_MS && this.#candidates.size < MAX_CANDIDATES) return
      this.#candidates.delete(key)
    }
  }
}
