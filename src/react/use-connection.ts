import { useCallback } from 'react'
import type { ChatClient } from '../chat-client.js'
import type { ClientSnapshot } from '../chat-events.js'
import type { ConnectionState } from '../connection/connection-state.js'
import { useChatClient } from './chat-provider.js'
import { sharedClient } from './shared-conversation.js'
import { useStore } from './use-store.js'

/** The state of the connection. This hook does not connect. */
export function useConnection(): ConnectionState {
  return useConnectionOf(useChatClient())
}

export function useConnectionOf(client: ChatClient): ConnectionState {
  const find = useCallback(() => sharedClient(client), [client])
  return useStore({ find, initial: unconnected, select: connectionOf })
}

const unconnected: ClientSnapshot = { connection: { status: 'idle' }, queued: 0 }

const connectionOf = ({ connection }: ClientSnapshot) => connection
