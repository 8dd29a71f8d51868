import { createContext, type ReactNode, useContext } from 'react'
import type { ChatClient } from '../chat-client.js'
import { checkOption } from '../shared/check-option.js'

const ChatContext = createContext<ChatClient | null>(null)

export interface ChatProviderProps {
  /**
   * Made outside of React, or once in a state: `useState(() => new ChatClient({ url }))`. The provider neither connects
   * nor closes it: the hooks below connect it by looking at a conversation, and whoever made it closes it. Another client
   * in its place moves every hook below to that one.
   */
  readonly client: ChatClient
  /** @default nothing */
  readonly children?: ReactNode
}

/** Gives the components below it their client. @throws TypeError where `client` is missing. */
export function ChatProvider({ client, children }: ChatProviderProps) {
  checkOption('client', client, 'object', 'a ChatClient')
  return <ChatContext.Provider value={client}>{children}</ChatContext.Provider>
}

/** The client given, else the one of the nearest {@link ChatProvider}. @throws Error where there is neither. */
export function useChatClient(given?: ChatClient): ChatClient {
  const provided = useContext(ChatContext)
  const client = given ?? provided
  if (!client) throw new Error('unable to find a ChatClient; wrap the component in a ChatProvider')
  return client
}
