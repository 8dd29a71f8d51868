import { useMemo } from 'react'
import type { ChatClient } from '../chat-client.js'
import type { Conversation } from '../conversation/conversation.js'
import { useChatClient } from './chat-provider.js'

/** What a person can do in a conversation; each is the {@link Conversation}'s method of the same name. */
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

/**
 * The actions alone, for a message box or a button. They need no `this` and stay the same for the same client and
 * conversation, so this hook never causes a render; nor does it connect or join, before one of them is called.
 *
 * @throws TypeError, RangeError where `conversationId` is not a string with something in it.
 */
export function useChatActions(conversationId: string): ChatActions {
  return useActions(useChatClient(), conversationId)
}

export function useActions(client: ChatClient, conversationId: string): ChatActions {
  return useMemo(() => chatActions(client, conversationId), [client, conversationId])
}

function chatActions(client: ChatClient, conversationId: string): ChatActions {
  // Looked up at each call: after signOut() the client has another conversation of this id.
  const conversation = () => client.conversation(conversationId)
  // A wrong id fails in the render, where it is seen, and not at the first click.
  conversation()
  return {
    sendMessage: (message) => conversation().sendMessage(message),
    regenerate: (target) => conversation().regenerate(target),
    editMessage: (messageId, text) => conversation().editMessage(messageId, text),
    addToolOutput: (result) => conversation().addToolOutput(result),
    respondToApproval: (response) => conversation().respondToApproval(response),
    stop: (taskId) => conversation().stop(taskId),
    retry: (taskId) => conversation().retry(taskId),
    retryNow: (taskId) => conversation().retryNow(taskId),
    discard: (taskId) => conversation().discard(taskId),
    loadOlder: () => conversation().loadOlder(),
    clearError: () => conversation().clearError(),
  }
}
