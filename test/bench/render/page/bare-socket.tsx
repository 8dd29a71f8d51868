import { useEffect, useLayoutEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { Beside } from './beside.js'
import { type Contender, type Message, noteCommit } from './contender.js'
import { Row } from './row.js'
import { painted } from './when-shown.js'

type Listener = (text: string) => void

function List({ listeners, history }: { listeners: Set<Listener>; history: readonly Message[] }) {
  const [messages, setMessages] = useState<readonly Message[]>(() => [
    ...history,
    { id: 'answer', role: 'assistant', text: '' },
  ])
  useLayoutEffect(noteCommit)
  useEffect(() => {
    const onDelta = (delta: string) =>
      setMessages((before) =>
        before.map((message) =>
          message.id === 'answer' ? { ...message, text: message.text + delta } : message,
        ),
      )
    listeners.add(onDelta)
    return () => void listeners.delete(onDelta)
  }, [listeners])
  return (
    <div>
      {messages.map(({ id, role, text }) => (
        <Row key={id} role={role} text={text} />
      ))}
    </div>
  )
}

/** What one writes first: `socket.on('delta', …)` sets a state. */
export const bareSocket: Contender = {
  async start({ container, history }) {
    const listeners = new Set<Listener>()
    const root = createRoot(container)
    root.render(
      <Beside>
        <List listeners={listeners} history={history} />
      </Beside>,
    )
    await painted()
    return {
      push(conversation, text) {
        if (conversation === 0) for (const listener of listeners) listener(text)
      },
      close: () => root.unmount(),
    }
  },
}
