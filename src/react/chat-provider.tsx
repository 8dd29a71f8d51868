import { createContext, type ReactNode, useContext, useEffect } from 'react'
import type { ChatClient } from '../chat-client.js'
import { checkOption, inDevelopment } from '../shared/check-option.js'
import { warnOfClosedClient } from './development.js'

const ChatContext = createContext<ChatClient | null>(null)

export interface ChatProviderProps {
  /**
   * Make it outside of React, or in an effect that also closes it. The provider neither connects nor closes the client: the
   * hooks below connect it when they read a conversation, and the code that made it closes it. If another client is given,
   * every hook below reads from that client.
   */
  readonly client: ChatClient
  /** @default nothing */
  readonly children?: ReactNode
}

/** Gives the components below it their client. @throws TypeError if `client` is missing. */
export function ChatProvider({ client, children }: ChatProviderProps) {
  checkOption('client', client, 'object', 'a ChatClient')
  useEffect(() => warnOfClosedClient(client), [client])
  return <ChatContext.Provider value={client}>{children}</ChatContext.Provider>
}

/** The given client, or else the client of the nearest {@link ChatProvider}. @throws Error if there is neither. */
export function useChatClient(given?: ChatClient): ChatClient {
  const provided = useContext(ChatContext)
  const client = given ?? provided
  if (!client) throw new Error(noClient())
  return client
}

/** For the developer; a visitor's page has a word. */
function noClient(): string {
  let problem = 'no ChatClient'
  inDevelopment(() => {
    problem = 'unable to find a ChatClient; wrap the component in a ChatProvider'
  })
  return problem
}
