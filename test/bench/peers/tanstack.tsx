import { type UIMessage, useChat } from '@tanstack/ai-react'
import { useEffect, useLayoutEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { Beside } from '../render/page/beside.js'
import { type Contender, noteCommit } from '../render/page/contender.js'
import { Row } from '../render/page/row.js'
import { painted } from '../render/page/when-shown.js'
import { pump } from './pump.js'

type Options = Parameters<typeof useChat>[0]
type Connection = Extract<Options, { connection: unknown }>['connection']

const textOf = ({ parts }: UIMessage) =>
  parts.map((part) => (part.type === 'text' ? part.content : '')).join('')

function List({ connection, history }: { connection: Connection; history: UIMessage[] }) {
  const { messages, sendMessage } = useChat({ connection, initialMessages: history } as Options)
  useLayoutEffect(noteCommit)
  useEffect(() => {
    void sendMessage('Go on')
  }, [sendMessage])
  return (
    <div>
      {messages.map((message) => (
        <Row key={message.id} role={message.role as 'user'} text={textOf(message as UIMessage)} />
      ))}
    </div>
  )
}

export const contender: Contender = {
  async start({ container, history }) {
    const { stream, push } = pump<object>()
    const ids = { threadId: 'thread', runId: 'run' }
    const connection = {
      async *connect(_messages: unknown, _data: unknown, _signal: unknown, run?: typeof ids) {
        yield { type: 'RUN_STARTED', ...ids, ...run, timestamp: Date.now() }
        yield { type: 'TEXT_MESSAGE_START', messageId: 'answer', role: 'assistant', timestamp: Date.now() }
        yield* stream as unknown as AsyncIterable<object>
      },
    }
    const root = createRoot(container)
    const messages = history.map(({ id, role, text }) => ({
      id,
      role,
      parts: [{ type: 'text' as const, content: text }],
    }))
    root.render(
      <Beside>
        <List connection={connection as unknown as Connection} history={messages} />
      </Beside>,
    )
    await painted()
    await painted()
    await painted()
    return {
      push(conversation, delta) {
        if (conversation > 0) return
        push({ type: 'TEXT_MESSAGE_CONTENT', messageId: 'answer', delta, timestamp: Date.now() })
      },
      close: () => root.unmount(),
    }
  },
}
