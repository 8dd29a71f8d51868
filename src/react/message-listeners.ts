import type { Conversation } from '../conversation/conversation.js'
import type { ChatMessage } from '../conversation/message.js'

type Listener = () => void

/**
 * Listeners of single messages. A row that listened to the conversation would be asked at every frame whether its message
 * has changed, and so would the twenty thousand others; here one look along the messages finds those that have.
 */
export class MessageListeners {
  readonly #conversation: Conversation
  readonly #byId = new Map<string, Set<Listener>>()
  /** As the listeners know them. */
  #told: readonly ChatMessage[] = []
  #stop: Listener = () => {}

  constructor(conversation: Conversation) {
    this.#conversation = conversation
  }

  /** Calls `listener` after the message of this id has changed, come or gone. @returns the undo. */
  add(id: string, listener: Listener): Listener {
    if (this.#byId.size === 0) {
      this.#told = this.#conversation.getSnapshot().messages
      this.#stop = this.#conversation.subscribe(this.#look)
    }
    const listeners = this.#byId.get(id) ?? new Set()
    this.#byId.set(id, listeners.add(listener))
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#byId.delete(id)
      if (this.#byId.size === 0) this.#stop()
    }
  }

  #look = (): void => {
    const before = this.#told
    const now = this.#conversation.getSnapshot().messages
    this.#told = now
    const changed = new Set<string | undefined>()
    for (let index = 0; index < Math.max(before.length, now.length); index++)
      if (before[index] !== now[index]) changed.add(before[index]?.id).add(now[index]?.id)
    for (const id of changed)
      if (id !== undefined) for (const listener of [...(this.#byId.get(id) ?? [])]) listener()
  }
}

const known = new WeakMap<Conversation, MessageListeners>()

export function messageListeners(conversation: Conversation): MessageListeners {
  const listeners = known.get(conversation) ?? new MessageListeners(conversation)
  known.set(conversation, listeners)
  return listeners
}
