import { nanoid } from 'nanoid'
import { io } from 'socket.io-client'
import type { ChatEvent, JoinAnswer, SendAnswer, WireMessage } from '../../src/protocol/events.js'
import type { Program, ProgramOptions } from './program.js'

/** How often socket.io-client sends a message again, as its documentation has it. */
const retries = 3

/**
 * What one writes with socket.io-client alone, its documentation at hand: `retries` and `ackTimeout` for delivery, its
 * own reconnection with its defaults, and after each connect the conversation is fetched whole and shown anew.
 *
 * The protocol wants an id in each message, by which the server knows a repeat. Without one, a server takes whatever
 * arrives for a new message: `ids: 'each try'` makes such a server of ours, by an id of its own for each packet that
 * leaves. `ids: 'each message'` is the program of somebody who has thought of that, on a server that does its part.
 */
export const withBareSocketIo =
  ({ ids }: { ids: 'each try' | 'each message' }) =>
  ({ url, user, conversationId, ackTimeout }: ProgramOptions): Program => {
    const socket = io(url, {
      forceNew: true,
      transports: ['websocket'],
      auth: { protocol: 1, token: user },
      retries,
      ackTimeout,
    })
    const listeners = new Set<() => void>()
    let transcript: Line[] = []
    let offset = 0
    // Events that come before the conversation itself does.
    let early: ChatEvent[] | null = []
    let requests = 0

    const apply = (event: ChatEvent) => {
      if (event.offset <= offset) return
      offset = event.offset
      if (event.type === 'message') transcript.push(lineOf(event.message, event.task_id))
      if (event.type === 'start') {
        const { message_id: id, task_id: taskId } = event
        const begun = transcript.find((line) => line.id === id)
        const question = transcript.findIndex((line) => line.taskId === taskId)
        if (begun) begun.text = ''
        else transcript.splice(question + 1, 0, { id, taskId, role: 'assistant', text: '' })
      }
      if (event.type === 'delta') {
        const answer = transcript.find(({ id }) => id === event.message_id)
        if (answer) answer.text += event.text
      }
    }
    const changed = () => {
      for (const listener of listeners) listener()
    }

    socket.onAnyOutgoing(() => {
      requests += 1
    })
    socket.on('connect', () => {
      early = []
      const request = { conversation_id: conversationId, after: null, limit: 200 }
      socket.emit('chat:join', request, (error: Error | null, answer?: JoinAnswer) => {
        if (error || !answer?.snapshot) return
        transcript = answer.snapshot.messages.map((message) => lineOf(message, message.task_id))
        offset = answer.snapshot.offset
        early?.forEach(apply)
        early = null
        changed()
      })
    })
    socket.on('chat:event', (payload: ChatEvent | ChatEvent[]) => {
      const events = Array.isArray(payload) ? payload : [payload]
      if (early) early.push(...events)
      else events.forEach(apply)
      changed()
    })

    return {
      send: (text) => ({
        stored: new Promise<void>((resolve, reject) => {
          const packet = sendRequest(conversationId, text, ids === 'each message' ? nanoid() : undefined)
          socket.emit('chat:send', packet, (error: Error | null, answer?: SendAnswer) => {
            if (error || !answer?.ok) reject(error ?? new Error('unable to send; the server refused it'))
            else resolve()
          })
        }),
      }),
      screen: () => transcript.map(({ role, text }) => ({ role, text, hasFailed: false })),
      subscribe: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      hasToldOfLoss: () => false,
      requests: () => requests,
      close: () => void socket.close(),
    }
  }

/** Without an id: one that is another each time the packet is written, which socket.io-client does at each try. */
const sendRequest = (conversationId: string, text: string, id: string | undefined) => ({
  conversation_id: conversationId,
  get task_id() {
    return id ?? nanoid()
  },
  input: {
    kind: 'message',
    message: {
      get id() {
        return id ?? nanoid()
      },
      role: 'user',
      parts: [{ type: 'text', text }],
      created_at: new Date().toISOString(),
    },
  },
})

interface Line {
  readonly id: string
  readonly taskId: string | undefined
  readonly role: string
  text: string
}

const lineOf = ({ id, role, parts }: WireMessage, taskId: string | undefined): Line => ({
  id,
  taskId,
  role,
  text: parts.map((part) => ('text' in part ? part.text : '')).join(''),
})
