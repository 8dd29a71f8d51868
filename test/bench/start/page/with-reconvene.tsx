import { createRoot } from 'react-dom/client'
import { ChatClient, messageText } from 'reconvene'
import { ChatProvider, useChat } from 'reconvene/react'
import type { Start } from './app.js'

function Chat({ conversationId }: { conversationId: string }) {
  const { messages } = useChat({ conversationId })
  return messages.map((message) => <p key={message.id}>{messageText(message)}</p>)
}

export const start: Start = (container, { url, user, conversationId }) => {
  const client = new ChatClient({ url, auth: user, socketOptions: { transports: ['websocket'] } })
  createRoot(container).render(
    <ChatProvider client={client}>
      <Chat conversationId={conversationId} />
    </ChatProvider>,
  )
}
