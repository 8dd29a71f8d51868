import { useState } from 'react'
import { messageText } from 'reconvene'
import { useChat, useMessage } from 'reconvene/react'

export function Chat() {
  const [draft, setDraft] = useState('')
  const { messages } = useChat({ conversationId: 'conversation-0' })
  const answer = useMessage('conversation-0', 'answer')
  return (
    <>
      <input value={draft} onChange={(event) => setDraft(event.target.value)} />
      <p>answer: {messages.length > 0 && answer && messageText(answer)}</p>
    </>
  )
}
