import type { ConversationSnapshot } from '../conversation/conversation-state.js'
import type { ChatMessage } from '../message/message.js'
import { Listeners } from '../shared/listeners.js'
import type { Store } from './shared-store.js'

type Listener = () => void

/**
 * Listeners of single messages. A row that listened to the conversation would have to look for its message at every frame,
 * and so would twenty thousand other rows. Here one pass over the messages finds those that have changed.
 */
export class MessageListeners {
  readonly #conversation: Store<ConversationSnapshot>
  readonly #isReplaced: () => boolean
  readonly #byId = new Map<string, Listeners>()
  /** The messages that the listeners know. */
  #told: readonly ChatMessage[] = []
  #stop: Listener = () => {}

  /** @param isReplaced whether the client has another conversation of the same id by now */
  constructor(conversation: Store<ConversationSnapshot>, isReplaced = () => false) {
    this.#conversation = conversation
    this.#isReplaced = isReplaced
  }

  /**
   * Calls `listener` after the message of this id was changed, added or removed, or its conversation was replaced.
   *
   * @returns the undo.
   */
  add(id: string, listener: Listener): Listener {
    if (this.#byId.size === 0) {
      this.#stop = this.#conversation.subscribe(this.#look)
      this.#told = this.#conversation.getSnapshot().messages
    }
    const listeners = this.#byId.get(id) ?? new Listeners()
    this.#byId.set(id, listeners)
    const remove = listeners.add(listener)
    return () => {
      remove()
      if (!listeners.isHeard) this.#byId.delete(id)
      if (this.#byId.size === 0) this.#stop()
    }
  }

  #look = (): void => {
    const before = this.#told
    const now = this.#conversation.getSnapshot().messages
    this.#told = now
    const ids = this.#isReplaced() ? [...this.#byId.keys()] : idsOfChanged(before, now)
    for (const id of ids) this.#byId.get(id)?.tell()
  }
}

function idsOfChanged(before: readonly ChatMessage[], now: readonly ChatMessage[]): Iterable<string> {
  const changed = new Set<string>()
  for (let index = 0; index < Math.max(before.length, now.length); index++) {
    const [old, current] = [before[index], now[index]]
    if (old === current) continue
    if (old) changed.add(old.id)
    if (current) changed.add(current.id)
  }
  return changed
}
