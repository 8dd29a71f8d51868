import { useState } from 'react'
import { messageText } from 'reconvene'
import { useChat, useConversation, useMessage } from 'reconvene/react'

export function Chat() {
  const [draft, setDraft] = useState('')
  const { messages } = useChat({ conversationId: 'conversation-0' })
  const answer = useMessage('conversation-0', 'answer')
  const text = useConversation('conversation-0', ({ messages: all }) => {
    const last = all.at(-1)
    return last && messageText(last)
  })
  return (
    <>
      <input value={draft} onChange={(event) => setDraft(event.target.value)} />
      <p>answer: {messages.length > 0 && answer && messageText(answer)}</p>
      <p>by a selector: {text}</p>
    </>
  )
}
