import { createContext, type ReactNode, useContext } from 'react'
import type { ChatClient } from '../chat-client.js'

const ChatContext = createContext<ChatClient | null>(null)

export interface ChatProviderProps {
  /** Made outside of React, or once in a state; the provider never closes it. */
  readonly client: ChatClient
  readonly children?: ReactNode
}

/** Gives the components below it their client. */
export function ChatProvider({ client, children }: ChatProviderProps) {
  return <ChatContext.Provider value={client}>{children}</ChatContext.Provider>
}

/** The client given, else the one of the nearest {@link ChatProvider}. @throws Error where there is neither. */
export function useChatClient(given?: ChatClient): ChatClient {
  const provided = useContext(ChatContext)
  const client = given ?? provided
  if (!client) throw new Error('unable to find a ChatClient; wrap the component in a ChatProvider')
  return client
}
