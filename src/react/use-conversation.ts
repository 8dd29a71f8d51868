import { useCallback } from 'react'
import type { ConnectionState } from '../connection/connection-state.js'
import type { Conversation } from '../conversation/conversation.js'
import type { ConversationSnapshot } from '../conversation/conversation-state.js'
import type { ChatMessage } from '../conversation/message.js'
import { useChatClient } from './chat-provider.js'
import { useSelected, useStore } from './use-store.js'

/**
 * A part of a conversation, such as `({ messages }) => messages.length`. The component renders anew only when that part
 * changes, told by `Object.is`; so a selector should return something that the snapshot holds, not make an object anew.
 */
export function useConversation<Part>(
  conversationId: string,
  selector: (snapshot: ConversationSnapshot) => Part,
): Part {
  return useSelected(useChatClient().conversation(conversationId), selector)
}

/** One message; undefined while there is none of this id. For a row of a long list: only the row that changed renders. */
export function useMessage(conversationId: string, messageId: string): ChatMessage | undefined {
  const select = useCallback(
    ({ messages }: ConversationSnapshot) => messages.findLast((message) => message.id === messageId),
    [messageId],
  )
  return useConversation(conversationId, select)
}

/** The state of the connection. */
export function useConnection(): ConnectionState {
  return useStore(useChatClient()).connection
}

export type ChatActions = Pick<
  Conversation,
  | 'sendMessage'
  | 'regenerate'
  | 'editMessage'
  | 'addToolOutput'
  | 'respondToApproval'
  | 'stop'
  | 'retry'
  | 'retryNow'
  | 'discard'
  | 'loadOlder'
  | 'clearError'
>

/** What a person can do in a conversation. The same object for the same conversation: it never causes a render. */
export function useChatActions(conversationId: string): ChatActions {
  return actionsOf(useChatClient().conversation(conversationId))
}

const made = new WeakMap<Conversation, ChatActions>()

/** The conversation's methods, free of `this`, made once. */
export function actionsOf(conversation: Conversation): ChatActions {
  const known = made.get(conversation)
  if (known) return known
  const actions: ChatActions = {
    sendMessage: (message) => conversation.sendMessage(message),
    regenerate: (target) => conversation.regenerate(target),
    editMessage: (messageId, text) => conversation.editMessage(messageId, text),
    addToolOutput: (result) => conversation.addToolOutput(result),
    respondToApproval: (response) => conversation.respondToApproval(response),
    stop: (taskId) => conversation.stop(taskId),
    retry: (taskId) => conversation.retry(taskId),
    retryNow: (taskId) => conversation.retryNow(taskId),
    discard: (taskId) => conversation.discard(taskId),
    loadOlder: () => conversation.loadOlder(),
    clearError: () => conversation.clearError(),
  }
  made.set(conversation, actions)
  return actions
}
