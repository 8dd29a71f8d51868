import type { ChatClient } from '../chat-client.js'
import type { ClientSnapshot } from '../chat-events.js'
import type { Conversation } from '../conversation/conversation.js'
import type { ConversationSnapshot } from '../conversation/conversation-state.js'
import { MessageListeners } from './message-listeners.js'
import { SharedStore } from './shared-store.js'

/** A conversation, for all components that read it. */
export class SharedConversation extends SharedStore<ConversationSnapshot> {
  /** For components that read a single message. */
  readonly messages: MessageListeners

  constructor(client: ChatClient, conversation: Conversation) {
    const isReplaced = () => client.conversation(conversation.id) !== conversation
    super({
      getSnapshot: conversation.getSnapshot,
      subscribe(listener) {
        const unsubscribe = conversation.subscribe(listener)
        const forget = client.subscribe(() => isReplaced() && listener())
        return () => {
          forget()
          unsubscribe()
        }
      },
    })
    this.messages = new MessageListeners(this, isReplaced)
  }
}

const conversations = new WeakMap<Conversation, SharedConversation>()

/**
 * The client's conversation of this id. After `signOut()` the client has another conversation of this id, so a component
 * looks it up in each render; the store of the old conversation tells its readers to do so.
 */
export function sharedConversation(client: ChatClient, id: string): SharedConversation {
  const conversation = client.conversation(id)
  const shared = conversations.get(conversation) ?? new SharedConversation(client, conversation)
  conversations.set(conversation, shared)
  return shared
}

const clients = new WeakMap<ChatClient, SharedStore<ClientSnapshot>>()

/** The client's own state, for all components that read it. */
export function sharedClient(client: ChatClient): SharedStore<ClientSnapshot> {
  const shared = clients.get(client) ?? new SharedStore(client)
  clients.set(client, shared)
  return shared
}
