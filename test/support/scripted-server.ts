import type { TransportHandlers } from '../../src/index.js'
import { seededRandom } from './random.js'
import { type TestClientOptions, testClient } from './stored-client.js'
import { TrackedClock } from './tracked-clock.js'
import { VirtualClock } from './virtual-clock.js'

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

/** The answer to a send or a retry. */
export const accepted = (offset: number, fields: object = {}) => ({
  ok: true,
  epoch: 'e',
  offset,
  duplicate: false,
  attempt: 1,
  state: 'queued',
  ...fields,
})

/** The answer to a question for older messages: the first ones of all. */
export const older = (offset: number, messages: readonly object[], fields: object = {}) => ({
  ok: true,
  epoch: 'e',
  offset,
  messages,
  has_older: false,
  ...fields,
})

/** A log that holds one exchange: a question, and the answer `a` to it. */
export function exchange(task_id: string, questionId: string, fields: object = {}) {
  const answer = { task_id, message_id: 'a', ...fields }
  return [
    said(1, { type: 'message', task_id, message: question(questionId), ...fields }),
    said(2, { type: 'start', ...answer, attempt: 1 }),
    said(3, { type: 'delta', ...answer, part: 0, text: 'a' }),
    said(4, { type: 'finish', ...answer }),
  ]
}

/** A client before a server that a test writes line by line, on a virtual clock; an answer takes 10 ms. */
export function scripted(script: Script = {}, options: Partial<TestClientOptions> = {}) {
  const clock = new VirtualClock()
  const clientClock = new TrackedClock(clock)
  const requests: { event: string; payload: Payload; at: number }[] = []
  let handlers: TransportHandlers | undefined
  let handshakes = 0
  let current: Script = { ...honest, ...script }
  const client = testClient({
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
  const conversation = client.conversation('demo')
  return {
    clock,
    clientClock,
    client,
    conversation,
    /** Of the message that is shown first. */
    firstId: () => conversation.getSnapshot().messages[0]?.id ?? '',
    requests,
    asked: (event: string) => requests.filter((request) => request.event === event),
    handshakes: () => handshakes,
    rewrite: (changes: Script) => {
      current = { ...current, ...changes }
    },
    push: (payload: unknown) => handlers?.pushed('chat:event', payload),
    /** The server says that it is about to close. */
    closing: (reconnect_spread_ms: number) => handlers?.pushed('chat:closing', { reconnect_spread_ms }),
    cut: (reason = 'transport close') => handlers?.disconnected(reason),
  }
}

/** The same, once a page shows the conversation and has joined it. */
export async function watched(...given: Parameters<typeof scripted>) {
  const setup = scripted(...given)
  setup.conversation.subscribe(() => {})
  await setup.clock.advance(100)
  return setup
}

/** A page that shows the last message alone, as of offset 10. */
export const watchedFromEnd = (script: Script, tasks: readonly object[] = []) =>
  watched({
    'chat:join': ({ after }) =>
      after === null
        ? joined({
            offset: 10,
            snapshot: snapshot(10, { messages: [question('u5')], has_older: true, tasks }),
          })
        : joined({ offset: (after as { offset: number }).offset }),
    ...script,
  })
