import type { Clock, TimerId } from '../../shared/clock.js'
import type { Logger } from '../../shared/logger.js'
import { failureFields } from '../failure-fields.js'
import type { ConversationKey } from '../store/conversation-key.js'
import type { ChatStore } from '../store/store.js'

export interface SweeperOptions {
  readonly store: Pick<ChatStore, 'due'>
  /** Milliseconds between two looks. */
  readonly sweepMs: number
  /** Conversations taken at one look, so that a long queue drains gradually after a start. */
  readonly maxPerSweep: number
  /** Whether the conversation waits for a slot of this node already. */
  readonly isWaiting: (key: ConversationKey) => boolean
  readonly wake: (key: ConversationKey) => void
  readonly clock: Clock
  readonly logger: Logger
}

/** Looks for conversations with open work that no node runs: what a dead node left, or a lost wake-up missed. */
export class Sweeper {
  readonly #options: SweeperOptions
  #timer: TimerId | null = null
  #isClosed = false

  constructor(options: SweeperOptions) {
    this.#options = options
  }

  /** Looks once, and from then on again and again. @throws the store's error at the first look. */
  async begin(): Promise<void> {
    if (this.#timer !== null || this.#isClosed) return
    await this.#look()
    this.#later()
  }

  end(): void {
    this.#isClosed = true
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer)
  }

  async #look(): Promise<void> {
    const { store, maxPerSweep, isWaiting, wake } = this.#options
    const due = await store.due()
    if (this.#isClosed) return
    for (const key of due.filter((of) => !isWaiting(of)).slice(0, maxPerSweep)) wake(key)
  }

  #later(): void {
    if (this.#isClosed) return
    const { clock, sweepMs, logger } = this.#options
    this.#timer = clock.setTimeout(() => {
      this.#look()
        .catch((error) => logger.error('open work could not be looked for', failureFields(error)))
        .then(() => this.#later())
    }, sweepMs)
  }
}
