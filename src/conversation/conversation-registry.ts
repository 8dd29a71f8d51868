import type { AppError } from '../errors/app-error.js'
import type { Clock, TimerId } from '../shared/clock.js'
import type { LiveConversation } from './live-conversation.js'

interface Known {
  readonly conversation: WeakRef<LiveConversation>
  /** The same, held while it is in use. */
  inUse?: LiveConversation | undefined
  leaving?: TimerId
}

/**
 * A client's conversations by id. Those in use are held here; the others only as long as the app holds them itself or
 * listens to their events, so that one which was looked up and never used costs nothing, and one that is used again is
 * still the only one of its id.
 */
export class ConversationRegistry {
  readonly #clock: Clock
  readonly #gcTime: number
  readonly #known = new Map<string, Known>()
  /** One entry for each time that a conversation is held. */
  readonly #held = new Set<{ readonly conversation: object }>()
  readonly #collected = new FinalizationRegistry<string>((id) => {
    if (!this.#known.get(id)?.conversation.deref()) this.#known.delete(id)
  })

  /** @param gcTime milliseconds after which a conversation without a listener is left */
  constructor(clock: Clock, gcTime: number) {
    this.#clock = clock
    this.#gcTime = gcTime
  }

  /** The conversations in use. */
  *[Symbol.iterator](): Iterator<LiveConversation> {
    for (const { inUse } of this.#known.values()) if (inUse) yield inUse
  }

  /** The conversation of this id, if it is in use. */
  find(id: string): LiveConversation | undefined {
    return this.#known.get(id)?.inUse
  }

  get(id: string, open: () => LiveConversation): LiveConversation {
    const known = this.#known.get(id)?.conversation.deref()
    if (known) return known
    const conversation = open()
    this.#known.set(id, { conversation: new WeakRef(conversation) })
    this.#collected.register(conversation, id)
    return conversation
  }

  /** Keeps an unused conversation until the returned undo is called. */
  retain(conversation: object): () => void {
    const hold = { conversation }
    this.#held.add(hold)
    return () => void this.#held.delete(hold)
  }

  /** The conversation is shown, or has something to send; or neither any more. */
  onInterest(conversation: LiveConversation, isInteresting: boolean): void {
    const known = this.#known.get(conversation.id)
    if (!known) return
    if (isInteresting) {
      known.inUse = conversation
      this.#clock.clearTimeout(known.leaving)
      known.leaving = undefined
    } else if (known.inUse && known.leaving === undefined && this.#gcTime !== Infinity) {
      known.leaving = this.#clock.setTimeout(() => {
        known.leaving = undefined
        // Unsent messages exist only here, and their author may come back for them.
        if (conversation.leave()) known.inUse = undefined
      }, this.#gcTime)
    }
  }

  /** Closes every conversation that anybody still has. */
  close(reason: AppError, options?: { readonly forget: boolean }): void {
    const all = [...this.#known.values()]
    this.#known.clear()
    this.#held.clear()
    for (const { conversation, leaving } of all) {
      this.#clock.clearTimeout(leaving)
      conversation.deref()?.close(reason, options)
    }
  }
}
