import { io } from 'socket.io-client'
import type { ChatEvent, JoinAnswer, WireMessage } from '../../src/protocol/events.js'

export interface Whose {
  readonly user: string
  readonly conversationId: string
}

export interface LoggedMessage {
  readonly role: string
  readonly text: string
  /** Whether it was answered in full; of an answer: whether it is whole. */
  readonly isComplete: boolean
}

export interface ServerLog {
  readonly messages: readonly LoggedMessage[]
}

const longestPage = 200

/**
 * The conversation as the server has it, once nothing in it is queued or running: asked over a connection of its own,
 * with no faults on its way, by a program that shares no code with those that are looked at.
 */
export async function readLog(serverUrl: string, { user, conversationId }: Whose): Promise<ServerLog> {
  const socket = io(serverUrl, {
    forceNew: true,
    transports: ['websocket'],
    auth: { protocol: 1, token: user },
  })
  try {
    for (;;) {
      const changed = new Promise((resolve) => {
        socket.once('disconnect', resolve)
        socket.on('chat:event', ({ type }: ChatEvent) => isEnd.has(type) && resolve(type))
      })
      const request = { conversation_id: conversationId, after: null, limit: longestPage }
      const { snapshot }: JoinAnswer = await socket.timeout(10_000).emitWithAck('chat:join', request)
      if (!snapshot) throw new Error('unable to read the log; the server gave no snapshot')
      const isBusy = snapshot.tasks.some(({ state }) => state === 'queued' || state === 'running')
      if (!isBusy) return { messages: snapshot.messages.map(readMessage) }
      await changed
    }
  } finally {
    socket.close()
  }
}

const isEnd: ReadonlySet<string> = new Set(['finish', 'error', 'stop'])

const readMessage = ({ role, parts, status }: WireMessage): LoggedMessage => ({
  role,
  text: parts.map((part) => ('text' in part ? part.text : '')).join(''),
  isComplete: status === 'complete',
})
