import { ChatClient, type ChatClientOptions, type TransportHandlers } from '../../src/index.js'
import { seededRandom } from '../support/random.js'
import { TrackedClock } from '../support/tracked-clock.js'
import { VirtualClock } from '../support/virtual-clock.js'

type Payload = Record<string, unknown> & { conversation_id: string; task_id: string; after: unknown }

/** What a server that keeps no rule says to each request; nothing where it says nothing. */
export type Script = Readonly<Record<string, ((payload: Payload) => unknown) | undefined>>

const limits = { max_message_bytes: 100_000 }

/** Answers that are right, for the requests that a test has no interest in. */
const honest: Script = {
  'chat:join': () => joined({}),
  'chat:stop': () => ({ ok: true, epoch: 'e', offset: 0, stopped: true }),
  'chat:leave': () => ({ ok: true }),
}

export const joined = (fields: object) => ({
  ok: true,
  epoch: 'e',
  offset: 0,
  events: [],
  snapshot: null,
  limits,
  ...fields,
})

export const snapshot = (offset: number, fields: object = {}) => ({
  offset,
  messages: [],
  has_older: false,
  tasks: [],
  ...fields,
})

export const said = (offset: number, body: object) => ({
  conversation_id: 'demo',
  epoch: 'e',
  offset,
  timestamp: 't',
  ...body,
})

export const question = (id: string, fields: object = {}) => ({
  id,
  role: 'user',
  parts: [{ type: 'text', text: id }],
  created_at: 't',
  ...fields,
})

export const answered = (id: string, fields: object = {}) => question(id, { role: 'assistant', ...fields })

export const refused = (fields: object) => ({
  ok: false,
  error: { type: 'error', error: 'x', error_code: 'temporary', retryable: true, timestamp: 't', ...fields },
})

/** A client before a server that a test writes line by line, on a virtual clock; an answer takes 10 ms. */
export function scripted(script: Script = {}, options: Partial<ChatClientOptions> = {}) {
  const clock = new VirtualClock()
  const clientClock = new TrackedClock(clock)
  const requests: { event: string; payload: Payload; at: number }[] = []
  let handlers: TransportHandlers | undefined
  let handshakes = 0
  let current: Script = { ...honest, ...script }
  const client = new ChatClient({
    url: 'http://server.test',
    clock: clientClock,
    random: seededRandom(1),
    locale: 'en',
    transport: (transport) => {
      handlers = transport.handlers
      return {
        open: () => {
          handshakes++
          clock.setTimeout(() => handlers?.connected(), 5)
        },
        close: () => {},
        emit: (event, payload, acknowledge) => {
          requests.push({ event, payload: payload as Payload, at: clock.now() })
          const answer = current[event]?.(payload as Payload)
          if (answer !== undefined) clock.setTimeout(() => acknowledge?.(answer), 10)
        },
      }
    },
    ...options,
  })
  return {
    clock,
    clientClock,
    client,
    conversation: client.conversation('demo'),
    requests,
    asked: (event: string) => requests.filter((request) => request.event === event),
    handshakes: () => handshakes,
    rewrite: (changes: Script) => {
      current = { ...current, ...changes }
    },
    push: (payload: unknown) => handlers?.pushed('chat:event', payload),
    cut: () => handlers?.disconnected('transport close'),
  }
}
