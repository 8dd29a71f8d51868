import { useEffect, useLayoutEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { Beside } from './beside.js'
import { type Contender, type Message, noteCommit } from './contender.js'
import { Row } from './row.js'
import { nextFrame, painted } from './when-shown.js'

type Listener = (messages: readonly Message[]) => void

function List({ listeners, first }: { listeners: Set<Listener>; first: readonly Message[] }) {
  const [messages, setMessages] = useState(first)
  useLayoutEffect(noteCommit)
  useEffect(() => {
    listeners.add(setMessages)
    return () => void listeners.delete(setMessages)
  }, [listeners])
  return (
    <div>
      {messages.map(({ id, role, text }) => (
        <Row key={id} role={role} text={text} />
      ))}
    </div>
  )
}

/** The least that React can be had for if transitions are to work: a state that is set once a frame. */
export const stateFloor: Contender = {
  async start({ container, history }) {
    let answer = ''
    let isPending = false
    const listeners = new Set<Listener>()
    const messages = (): readonly Message[] => [...history, { id: 'answer', role: 'assistant', text: answer }]
    const flush = () => {
      isPending = false
      const now = messages()
      for (const listener of listeners) listener(now)
    }
    const root = createRoot(container)
    root.render(
      <Beside>
        <List listeners={listeners} first={messages()} />
      </Beside>,
    )
    await painted()
    return {
      push(conversation, text) {
        if (conversation > 0) return
        answer += text
        if (isPending) return
        isPending = true
        nextFrame(flush)
      },
      close: () => root.unmount(),
    }
  },
}
