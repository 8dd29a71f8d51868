import type { AppError } from '../errors/app-error.js'
import type { Clock, TimerId } from '../shared/clock.js'
import type { Conversation } from './conversation.js'

/**
 * A client's conversations by id. Those in use are held here; the others only as long as the app holds them itself or
 * listens to their events, so that one which was looked up and never used costs nothing, and one that is used again is still the only one of its id.
 */
export class ConversationRegistry {
  readonly #clock: Clock
  readonly #gcTime: number
  readonly #inUse = new Map<string, Conversation>()
  readonly #known = new Map<string, WeakRef<Conversation>>()
  readonly #leaving = new Map<string, TimerId>()
  /** One entry for each time that a conversation is held. */
  readonly #held = new Set<{ readonly conversation: object }>()
  readonly #collected = new FinalizationRegistry<string>((id) => {
    if (!this.#known.get(id)?.deref()) this.#known.delete(id)
  })

  /** @param gcTime milliseconds after which a conversation that nobody looks at is left */
  constructor(clock: Clock, gcTime: number) {
    this.#clock = clock
    this.#gcTime = gcTime
  }

  /** Those in use. */
  [Symbol.iterator](): Iterator<Conversation> {
    return this.#inUse.values()
  }

  /** The one of this id that is in use. */
  find(id: string): Conversation | undefined {
    return this.#inUse.get(id)
  }

  get(id: string, open: () => Conversation): Conversation {
    const known = this.#inUse.get(id) ?? this.#known.get(id)?.deref()
    if (known) return known
    const conversation = open()
    this.#known.set(id, new WeakRef(conversation))
    this.#collected.register(conversation, id)
    return conversation
  }

  /** Keeps it, though nobody uses it, until the undo that this returns is called. */
  hold(conversation: object): () => void {
    const hold = { conversation }
    this.#held.add(hold)
    return () => void this.#held.delete(hold)
  }

  /** Somebody looks at it, or it has something to send; or neither is so any more. */
  interestChanged(conversation: Conversation, interested: boolean): void {
    const { id } = conversation
    if (interested) {
      this.#inUse.set(id, conversation)
      this.#clock.clearTimeout(this.#leaving.get(id))
      this.#leaving.delete(id)
    } else if (this.#inUse.has(id) && !this.#leaving.has(id) && this.#gcTime !== Number.POSITIVE_INFINITY) {
      this.#leaving.set(
        id,
        this.#clock.setTimeout(() => this.#leave(conversation), this.#gcTime),
      )
    }
  }

  /** Closes every conversation that anybody still has. */
  close(reason: AppError, options?: { readonly forget: boolean }): void {
    for (const timer of this.#leaving.values()) this.#clock.clearTimeout(timer)
    const all = [...this.#inUse.values(), ...[...this.#known.values()].map((reference) => reference.deref())]
    for (const held of [this.#leaving, this.#inUse, this.#known, this.#held]) held.clear()
    for (const conversation of new Set(all)) conversation?.close(reason, options)
  }

  #leave(conversation: Conversation): void {
    this.#leaving.delete(conversation.id)
    // What could not be sent is nowhere else: a person may come back for it.
    if (conversation.leave()) this.#inUse.delete(conversation.id)
  }
}
