import type { StoredMessage } from '../store/stored-event.js'

/** Messages in their order, found by id without a search. They grow in place: whoever hands one on copies it first. */
export class MessageList {
  readonly #order: StoredMessage[] = []
  readonly #byId = new Map<string, StoredMessage>()
  #unchanged = 0

  /** @param messages are copied, because a store's records must not change. */
  constructor(messages: Iterable<StoredMessage> = []) {
    for (const message of messages) this.insert(this.#order.length, copyMessage(message))
    this.#unchanged = this.#order.length
  }

  get size(): number {
    return this.#order.length
  }

  /** How many messages from the first on stand where they stood at the last `settle()`. */
  get unchanged(): number {
    return this.#unchanged
  }

  /** The order as it is now counts as unchanged. */
  settle(): void {
    this.#unchanged = this.#order.length
  }

  get(id: string | undefined): StoredMessage | undefined {
    return id === undefined ? undefined : this.#byId.get(id)
  }

  has(id: string): boolean {
    return this.#byId.has(id)
  }

  at(index: number): StoredMessage | undefined {
    return this.#order.at(index)
  }

  /** Searches from the end, where nearly everything that is looked for stands. -1 if there is no such message. */
  indexOf(id: string): number {
    return this.#byId.has(id) ? this.#order.findLastIndex((message) => message.id === id) : -1
  }

  findLastIndex(fits: (message: StoredMessage) => boolean): number {
    return this.#order.findLastIndex(fits)
  }

  slice(from?: number, to?: number): StoredMessage[] {
    return this.#order.slice(from, to)
  }

  insert(index: number, message: StoredMessage): void {
    this.#byId.set(message.id, message)
    this.#unchanged = Math.min(this.#unchanged, index)
    if (index >= this.#order.length) this.#order.push(message)
    else this.#order.splice(index, 0, message)
  }

  /** Puts a message in the place of the one with its id. */
  replace(message: StoredMessage): void {
    const index = this.indexOf(message.id)
    if (index < 0) return
    this.#order[index] = message
    this.#byId.set(message.id, message)
  }

  /** Removes the message at `index` and all after it. */
  removeFrom(index: number): StoredMessage[] {
    const removed = this.#order.splice(index)
    this.#unchanged = Math.min(this.#unchanged, index)
    for (const { id } of removed) this.#byId.delete(id)
    return removed
  }
}

export function copyMessage(message: StoredMessage): StoredMessage {
  return { ...message, parts: message.parts.map((part) => ({ ...part })) }
}
