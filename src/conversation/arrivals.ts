import type { ChatMessage } from '../message/message.js'

/**
 * Which messages are new to this page. The log as the page first had it is history. From then on each message is new once,
 * whether an event brings it or, after a long absence, a snapshot.
 */
export class Arrivals {
  /** Null until the page has the log. */
  #known: Set<string> | null = null

  /** An event brings a message. @returns whether the message is new */
  arrive(id: string): boolean {
    if (!this.#known || this.#known.has(id)) return false
    this.#known.add(id)
    return true
  }

  /**
   * The answers to a join have put these messages in the place of the log.
   *
   * @returns the new ones: those after the last that was known. The messages before it are history that the page had not loaded.
   */
  replaced(messages: readonly ChatMessage[]): readonly ChatMessage[] {
    const known = this.#known
    this.#known = new Set(messages.map(({ id }) => id))
    return known ? messages.slice(messages.findLastIndex(({ id }) => known.has(id)) + 1) : []
  }
}
