import type { ChatClient } from '../chat-client.js'
import type { ConnectionState } from '../connection/connection-state.js'
import type { ConversationSnapshot } from '../conversation/conversation-state.js'
import { useChatClient } from './chat-provider.js'
import { actionsOf, type ChatActions } from './use-conversation.js'
import { useStore } from './use-store.js'

export interface UseChatOptions {
  readonly conversationId: string
  /** @default the nearest ChatProvider's */
  readonly client?: ChatClient
}

export interface UseChatResult extends ConversationSnapshot, ChatActions {
  readonly connection: ConnectionState
  /** 0 while nothing is being retried, 1 for the first retry. */
  readonly retryAttempt: number
}

/** All of a conversation, for a page of ordinary size. The actions are stable; the rest changes at most once a frame. */
export function useChat({ conversationId, client: given }: UseChatOptions): UseChatResult {
  const client = useChatClient(given)
  const conversation = client.conversation(conversationId)
  const snapshot = useStore(conversation)
  const { connection } = useStore(client)
  return {
    ...snapshot,
    ...actionsOf(conversation),
    connection,
    retryAttempt: snapshot.retryState ? snapshot.retryState.attempt - 1 : 0,
  }
}
