import { useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { io } from 'socket.io-client'
import type { JoinAnswer, WireMessage } from '../../../../src/protocol/events.js'
import type { Place, Start } from './app.js'

function Chat({ url, user, conversationId }: Place) {
  const [messages, setMessages] = useState<readonly WireMessage[]>([])
  useEffect(() => {
    const socket = io(url, { transports: ['websocket'], auth: { protocol: 1, token: user } })
    socket.on('connect', () => {
      const request = { conversation_id: conversationId, after: null }
      socket.emit('chat:join', request, ({ snapshot }: JoinAnswer) => setMessages(snapshot?.messages ?? []))
    })
    return () => void socket.close()
  }, [url, user, conversationId])
  return messages.map(({ id, parts }) => (
    <p key={id}>{parts.map((part) => ('text' in part ? String(part.text) : '')).join('')}</p>
  ))
}

export const start: Start = (container, place) => createRoot(container).render(<Chat {...place} />)
