import type { TransportFactory, TransportHandlers } from '../../src/connection/transport.js'
import type { Clock } from '../../src/shared/clock.js'

interface Payload {
  readonly conversation_id: string
  readonly task_id: string
  readonly after: { readonly offset: number } | null
  readonly input: { readonly message: object }
}

const latency = 20
const epoch = 'e'
const timestamp = '2026-01-01T00:00:00.000Z'
const limits = { max_message_bytes: 65_536 }

/** A server that answers each message with one word, and keeps nothing but the length of the latest log. */
export function echoServer(clock: Clock) {
  let handlers: TransportHandlers | null = null
  let latest = { id: '', offset: 0 }
  const later = (action: () => void) => clock.setTimeout(action, latency)

  const answers: Record<string, (payload: Payload) => unknown> = {
    'chat:join': ({ after }) => {
      const offset = after?.offset ?? 0
      return { ok: true, epoch, offset, events: [], snapshot: null, limits }
    },
    'chat:send': ({ conversation_id, task_id, input }) => {
      if (latest.id !== conversation_id) latest = { id: conversation_id, offset: 0 }
      const message_id = `answer to ${task_id}`
      const bodies = [
        { type: 'message', message: input.message },
        { type: 'start', message_id, attempt: 1 },
        { type: 'delta', message_id, part: 0, text: 'word' },
        { type: 'finish', message_id },
      ]
      for (const body of bodies) {
        const offset = ++latest.offset
        const event = { conversation_id, epoch, offset, timestamp, task_id, ...body }
        later(() => handlers?.pushed('chat:event', event))
      }
      return { ok: true, epoch, offset: latest.offset - 3, duplicate: false, attempt: 1, state: 'queued' }
    },
  }

  const transport: TransportFactory = (options) => ({
    open: () =>
      later(() => {
        handlers = options.handlers
        options.handlers.connected()
      }),
    close: () => {
      handlers = null
    },
    emit: (event, payload, acknowledge) => {
      const answer = answers[event]?.(payload as Payload) ?? { ok: true }
      later(() => acknowledge?.(answer))
    },
  })

  return {
    transport,
    cut: () => handlers?.disconnected('transport close'),
  }
}
