import type { ChatClient, ClientSnapshot } from '../chat-client.js'
import type { ConnectionState } from '../connection/connection-state.js'
import { useChatClient } from './chat-provider.js'
import { useStore } from './use-store.js'

/** The state of the connection, without asking for one. */
export function useConnection(): ConnectionState {
  return useConnectionOf(useChatClient())
}

export function useConnectionOf(client: ChatClient): ConnectionState {
  return useStore(client, unconnected, connectionOf)
}

const unconnected: ClientSnapshot = { connection: { status: 'idle' }, queued: 0 }

const connectionOf = ({ connection }: ClientSnapshot) => connection
