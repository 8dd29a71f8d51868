import { io } from 'socket.io-client'
import { ChatClient } from '../../../src/index.js'
import type { JoinAnswer } from '../../../src/protocol/events.js'
import type { PageSignals } from '../../../src/shared/page-signals.js'

export interface Whereabouts {
  readonly url: string
  readonly user: string
  readonly conversationId: string
}

/** One page's program, as far as it is looked at here. */
export interface Running {
  isConnected(): boolean
  /** How many deltas of the conversation it shows. */
  shown(): number
  /** Calls `listener` after either may have changed. */
  onChange(listener: () => void): void
  /** The browser says that the page, or the machine, is awake again. */
  wake(): void
  close(): void
}

export interface Contender {
  readonly name: string
  readonly start: (whereabouts: Whereabouts) => Running
}

const transports = ['websocket']

/** With its defaults. */
const reconvene: Contender = {
  name: 'reconvene',
  start({ url, user, conversationId }) {
    let wake = () => {}
    const page: PageSignals = {
      isOnline: () => true,
      listen: (listener) => {
        wake = listener.wake
        return () => {}
      },
    }
    const client = new ChatClient({ url, auth: user, socketOptions: { transports }, page })
    const conversation = client.conversation(conversationId)
    const listeners = new Set<() => void>()
    const changed = () => {
      for (const listener of listeners) listener()
    }
    client.on('connection', changed)
    conversation.subscribe(changed)
    return {
      isConnected: () => client.getSnapshot().connection.status === 'connected',
      shown: () => countWords(conversation.getSnapshot().messages.at(-1)?.parts ?? []),
      onChange: (listener) => void listeners.add(listener),
      wake: () => wake(),
      close: () => void client.close(),
    }
  },
}

type Part = { readonly type: string; readonly text?: string }

/** The server's answer has a word a delta. */
function countWords(parts: readonly Part[]): number {
  return parts.reduce((sum, { text = '' }) => sum + text.split(' ').length, 0)
}

/** With its defaults: after each connect it asks for the conversation, and shows what it gets. */
const socketIo: Contender = {
  name: 'socket.io-client',
  start({ url, user, conversationId }) {
    const socket = io(url, { forceNew: true, transports, auth: { protocol: 1, token: user } })
    const listeners = new Set<() => void>()
    let text = ''
    const changed = () => {
      for (const listener of listeners) listener()
    }
    socket.on('connect', () => {
      const request = { conversation_id: conversationId, after: null }
      socket.emit('chat:join', request, ({ snapshot }: JoinAnswer) => {
        const parts: readonly Part[] = snapshot?.messages.at(-1)?.parts ?? []
        text = parts.map((part) => part.text ?? '').join('')
        changed()
      })
      changed()
    })
    socket.on('disconnect', changed)
    socket.on('chat:event', (payload: unknown) => {
      for (const event of [payload].flat() as { type: string; text?: string }[])
        if (event.type === 'delta') text += event.text
      changed()
    })
    return {
      isConnected: () => socket.connected,
      shown: () => text.split(' ').length,
      onChange: (listener) => void listeners.add(listener),
      wake: () => {},
      close: () => void socket.close(),
    }
  },
}

export const contenders = [reconvene, socketIo] as const
