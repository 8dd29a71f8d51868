import { useMemo } from 'react'
import type { ChatClient } from '../chat-client.js'
import type { Conversation } from '../conversation/conversation.js'
import { useChatClient } from './chat-provider.js'

const names = [
  'sendMessage',
  'regenerate',
  'editMessage',
  'addToolOutput',
  'respondToApproval',
  'stop',
  'retry',
  'retryNow',
  'discard',
  'loadOlder',
  'clearError',
] as const

/** The actions of a person in a conversation; each is the {@link Conversation}'s method of the same name. */
export type ChatActions = Pick<Conversation, (typeof names)[number]>

/**
 * The actions alone, for a message box or a button. They need no `this` and stay the same for the same client and
 * conversation, so this hook never causes a render. It connects and joins only when an action is called.
 *
 * @throws TypeError, RangeError if `conversationId` is not a string with something in it.
 */
export function useChatActions(conversationId: string): ChatActions {
  return useActions(useChatClient(), conversationId)
}

export function useActions(client: ChatClient, conversationId: string): ChatActions {
  return useMemo(() => chatActions(client, conversationId), [client, conversationId])
}

function chatActions(client: ChatClient, conversationId: string): ChatActions {
  // Look the conversation up at each call: after signOut() the client has another conversation of this id.
  const conversation = () => client.conversation(conversationId)
  // An invalid id fails here, in the render, where the developer sees the error, and not at the first click.
  conversation()
  const action =
    (name: keyof ChatActions) =>
    (...given: unknown[]) =>
      (conversation()[name] as (...given: unknown[]) => unknown)(...given)
  return Object.fromEntries(names.map((name) => [name, action(name)])) as unknown as ChatActions
}
