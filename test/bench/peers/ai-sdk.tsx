import { useChat } from '@ai-sdk/react'
import type { ChatTransport, UIMessage, UIMessageChunk } from 'ai'
import { useEffect, useLayoutEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { Beside } from '../render/page/beside.js'
import { type Contender, noteCommit } from '../render/page/contender.js'
import { Row } from '../render/page/row.js'
import { painted } from '../render/page/when-shown.js'
import { pump } from './pump.js'

const textOf = ({ parts }: UIMessage) => parts.map((part) => (part.type === 'text' ? part.text : '')).join('')

interface ListProps {
  transport: ChatTransport<UIMessage>
  history: UIMessage[]
  throttle?: number
}

function List({ transport, history, throttle }: ListProps) {
  const { messages, sendMessage } = useChat({
    transport,
    messages: history,
    ...(throttle !== undefined && { experimental_throttle: throttle }),
  })
  useLayoutEffect(noteCommit)
  useEffect(() => {
    void sendMessage({ text: 'Go on' })
  }, [sendMessage])
  return (
    <div>
      {messages.map((message) => (
        <Row key={message.id} role={message.role as 'user'} text={textOf(message)} />
      ))}
    </div>
  )
}

/** `throttle`: milliseconds between two renders; undefined: none, which is the default. */
export const aiSdk = (throttle?: number): Contender => ({
  async start({ container, history }) {
    const { stream, push } = pump<UIMessageChunk>()
    const transport: ChatTransport<UIMessage> = {
      sendMessages: async () => stream,
      reconnectToStream: async () => null,
    }
    const root = createRoot(container)
    const messages = history.map(({ id, role, text }) => ({
      id,
      role,
      parts: [{ type: 'text' as const, text }],
    }))
    root.render(
      <Beside>
        <List transport={transport} history={messages} {...(throttle && { throttle })} />
      </Beside>,
    )
    await painted()
    push({ type: 'start', messageId: 'answer' })
    push({ type: 'text-start', id: 'text' })
    await painted()
    await painted()
    return {
      push(conversation, text) {
        if (conversation === 0) push({ type: 'text-delta', id: 'text', delta: text })
      },
      close: () => root.unmount(),
    }
  },
})

export const contender = aiSdk()
