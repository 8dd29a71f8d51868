import { io, type Socket } from 'socket.io-client'
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

/** Milliseconds; longer than any answer of a test takes, so a reader that waits this long has missed the end. */
const longestWait = 60_000

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
      const changed = nextEnd(socket)
      const request = { conversation_id: conversationId, after: null, limit: longestPage }
      const { snapshot }: JoinAnswer = await socket.timeout(10_000).emitWithAck('chat:join', request)
      if (!snapshot) throw new Error('unable to read the log; the server gave no snapshot')
      const isBusy = snapshot.tasks.some(({ state }) => state === 'queued' || state === 'running')
      if (!isBusy) return { messages: snapshot.messages.map(readMessage) }
      if (!(await changed))
        throw new Error('unable to read the log; a task in it did not end within a minute')
    }
  } finally {
    socket.close()
  }
}

/** Whether a task ended, or the connection did, before the longest wait was over. */
const nextEnd = (socket: Socket) =>
  new Promise<boolean>((resolve) => {
    const timer = setTimeout(resolve, longestWait, false)
    const ended = () => {
      clearTimeout(timer)
      resolve(true)
    }
    socket.once('disconnect', ended)
    socket.on('chat:event', (pushed: ChatEvent | ChatEvent[]) => {
      if ([pushed].flat().some(({ type }) => isEnd.has(type))) ended()
    })
  })

const isEnd: ReadonlySet<string> = new Set(['finish', 'error', 'stop'])

const readMessage = ({ role, parts, status }: WireMessage): LoggedMessage => ({
  role,
  text: parts.map((part) => ('text' in part ? part.text : '')).join(''),
  isComplete: status === 'complete',
})
