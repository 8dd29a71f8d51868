import { useLayoutEffect, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import { Beside } from './beside.js'
import { type Contender, type Message, noteCommit } from './contender.js'
import { Row } from './row.js'
import { nextFrame, painted } from './when-shown.js'

interface Store {
  subscribe(listener: () => void): () => void
  getSnapshot(): readonly Message[]
}

function List({ store }: { store: Store }) {
  const messages = useSyncExternalStore(store.subscribe, store.getSnapshot)
  useLayoutEffect(noteCommit)
  return (
    <div>
      {messages.map(({ id, role, text }) => (
        <Row key={id} role={role} text={text} />
      ))}
    </div>
  )
}

/** The least that React can be had for: an external store that is read once a frame. No transition can finish beside it. */
export const reactFloor: Contender = {
  async start({ container, history }) {
    let answer = ''
    let messages: readonly Message[] = [...history, { id: 'answer', role: 'assistant', text: '' }]
    let isPending = false
    const listeners = new Set<() => void>()
    const flush = () => {
      isPending = false
      messages = [...messages.slice(0, -1), { id: 'answer', role: 'assistant', text: answer }]
      for (const listener of listeners) listener()
    }
    const store: Store = {
      subscribe(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      getSnapshot: () => messages,
    }
    const root = createRoot(container)
    root.render(
      <Beside>
        <List store={store} />
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
