import type { ChatEvent } from '../../src/protocol/events.js'
import type { Clock, TimerId } from '../../src/shared/clock.js'
import type { ConversationKey } from './conversation-key.js'

export interface EventPusherOptions {
  /** Sends one payload to everyone who has joined the conversation. */
  readonly push: (key: ConversationKey, payload: ChatEvent | readonly ChatEvent[]) => void
  /** Milliseconds that events of one conversation are gathered before they are pushed as one. 0: none. */
  readonly coalesceMs: number
  readonly clock: Clock
}

interface Batch {
  readonly events: ChatEvent[]
  readonly timer: TimerId
}

/** Gathers what falls close together: one push of ten deltas costs both sides about as much as a push of one. */
export class EventPusher {
  readonly #options: EventPusherOptions
  readonly #batches = new Map<ConversationKey, Batch>()

  constructor(options: EventPusherOptions) {
    this.#options = options
  }

  publish(key: ConversationKey, events: readonly ChatEvent[]) {
    const { coalesceMs, clock } = this.#options
    if (coalesceMs === 0) {
      this.#push(key, events)
      return
    }
    const batch = this.#batches.get(key)
    if (batch) batch.events.push(...events)
    else {
      const timer = clock.setTimeout(() => this.#flush(key), coalesceMs)
      this.#batches.set(key, { events: [...events], timer })
    }
  }

  /** Pushes what is still gathered. */
  flush() {
    for (const key of this.#batches.keys()) this.#flush(key)
  }

  #flush(key: ConversationKey) {
    const batch = this.#batches.get(key)
    if (!batch) return
    this.#options.clock.clearTimeout(batch.timer)
    this.#batches.delete(key)
    this.#push(key, batch.events)
  }

  #push(key: ConversationKey, events: readonly ChatEvent[]) {
    const [first] = events
    if (first) this.#options.push(key, events.length === 1 ? first : events)
  }
}
