import type { ChatEvent } from '../../src/protocol/events.js'
import type { CheckpointerCache } from '../../src/server/checkpointer-cache.js'
import type { Clock } from '../../src/shared/clock.js'
import type { ConversationKey } from './conversation-key.js'
import type { ConversationLog } from './conversation-log.js'
import type { ConversationState } from './conversation-state.js'
import { applyStep, rebuild } from './fold-event.js'
import { KeyedQueue } from './keyed-queue.js'
import { type NewStep, placeStep } from './new-event.js'

export type Publish = (key: ConversationKey, events: readonly ChatEvent[]) => void

export interface ConversationStoreOptions {
  readonly log: ConversationLog
  /** Folds of the log; what is evicted is folded again when it is needed. */
  readonly cache: CheckpointerCache<ConversationState>
  readonly publish: Publish
  readonly clock: Clock
}

/** One conversation's state, held still: nobody else reads or writes it until the operation that got it is over. */
export interface OpenConversation {
  readonly key: ConversationKey
  readonly state: ConversationState
  /** Stored first, then folded, then pushed: whoever sees an event can find it in the log. */
  store(step: NewStep): Promise<void>
}

/**
 * The one way to a conversation. What is decided from the state is stored before anyone else sees that state, so two
 * requests, or a request and a running answer, never decide from the same place in the log.
 */
export class ConversationStore {
  readonly #options: ConversationStoreOptions
  readonly #queue = new KeyedQueue<ConversationKey>()

  constructor(options: ConversationStoreOptions) {
    this.#options = options
  }

  /** @throws what `operation` throws, and what the log throws. */
  use<T>(key: ConversationKey, operation: (conversation: OpenConversation) => T | Promise<T>): Promise<T> {
    const { cache, log } = this.#options
    return this.#queue.run(key, async () => {
      const state = await cache.getOrCreate(key, async () => rebuild(await log.read(key)))
      return operation({ key, state, store: (step) => this.#store(key, state, step) })
    })
  }

  async #store(key: ConversationKey, state: ConversationState, step: NewStep) {
    const { log, cache, publish, clock } = this.#options
    const placed = placeStep(key, state, step, clock.now())
    try {
      await log.append(key, placed)
    } catch (error) {
      // A database may have stored the step all the same; only the log knows.
      cache.forget(key)
      throw error
    }
    applyStep(state, placed)
    publish(key, placed.events)
  }
}
