import { afterEach } from 'vitest'
import type { RunningServer, ServerOptions } from '../../examples/mock-server/start-server.js'
import type { ConnectionState } from '../../src/index.js'
import {
  ChatClient,
  type ChatClientOptions,
  type ChatMessage,
  type Conversation,
  messageText,
} from '../../src/index.js'
import { secondReader } from './memory-server.js'
import { startMockServer } from './start-mock-server.js'
import { startTcpProxy, type TcpProxy, type TcpProxyOptions } from './tcp-proxy.js'
import { until } from './until.js'

const quick = { baseDelay: 20, maxDelay: 100 }

/** Real servers, networks and clients, with short delays; whatever a test began is ended after it. */
export function liveChat() {
  const cleanups: (() => unknown)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })
  return {
    /** Runs after the test, last given first. */
    after: (cleanup: () => unknown) => void cleanups.push(cleanup),
    async serve(options: ServerOptions = {}): Promise<RunningServer> {
      // The server's own retries are off unless a test wants them.
      const server = await startMockServer({ retry: { maxAttempts: 1 }, ...options })
      cleanups.push(() => server.crash())
      return server
    },
    async proxy(url: string, options?: TcpProxyOptions): Promise<TcpProxy> {
      const proxy = await startTcpProxy(url, options)
      cleanups.push(() => proxy.close())
      return proxy
    },
    client(url: string, options: Partial<ChatClientOptions> = {}): ChatClient {
      const client = new ChatClient({
        url,
        locale: 'en',
        retry: quick,
        reconnect: quick,
        socketOptions: { transports: ['websocket'] },
        ...options,
      })
      cleanups.push(() => client.close())
      return client
    },
  }
}

/** The state of the connection, as soon as it is the one wanted. */
export const connectionIs = <Status extends ConnectionState['status']>(client: ChatClient, status: Status) =>
  until(
    () => {
      const { connection } = client.getSnapshot()
      return connection.status === status && (connection as Extract<ConnectionState, { status: Status }>)
    },
    { subscribe: client.subscribe },
  )

/** Resolves when the conversation's newest message has that many words. */
export const wordsAre = (conversation: Conversation, least: number) =>
  until(() => words(lastText(conversation)) >= least, { subscribe: conversation.subscribe })

export const lastText = (conversation: Conversation) => textOf(conversation.getSnapshot().messages.at(-1))

const words = (text: string) => text.split(' ').filter(Boolean).length

const textOf = (message: ChatMessage | undefined) =>
  message?.role === 'assistant' ? messageText(message) : ''

/** What a user's conversation is on the server, as a second reader of the log would find it. */
export async function logOf(server: RunningServer, user: string, conversationId = 'demo') {
  const request = { conversation_id: conversationId, after: null }
  const reader = secondReader(server.store)
  const { snapshot, epoch } = await reader.join(user, request)
  const { events } = await reader.join(user, {
    conversation_id: conversationId,
    after: { epoch, offset: 0 },
  })
  const answers = snapshot?.messages.filter(({ role }) => role === 'assistant') ?? []
  const texts = answers.map(({ parts }) => parts.map((part) => ('text' in part ? part.text : '')).join(''))
  return { messages: snapshot?.messages ?? [], texts, events: events as { type: string }[] }
}
