import { useEffect, useState } from 'react'
import { ChatClient } from 'reconvene'
import { ChatProvider } from 'reconvene/react'
import { Chat } from './chat.js'
import { server } from './server.js'

let made = 0

/** What the test does with the page. */
const refreshed = {
  push: (text: string) => server.push(0, { type: 'delta', part: 0, text }),
  read: () => ({ connections: server.connections, joins: server.joins, made }),
}

export type RefreshedPage = typeof refreshed

Object.assign(window, { refreshed })

export function App() {
  const [client, setClient] = useState<ChatClient | null>(null)
  useEffect(() => {
    made++
    const own = new ChatClient({ url: 'http://server.test', transport: server.transport })
    setClient(own)
    return () => void own.close()
  }, [])
  return (
    client && (
      <ChatProvider client={client}>
        <Chat />
      </ChatProvider>
    )
  )
}
