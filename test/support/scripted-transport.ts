import type { TransportFactory, TransportHandlers } from '../../src/connection/transport.js'
import type { WireMessage } from '../../src/protocol/events.js'

const timestamp = '2026-01-01T00:00:00.000Z'

/** A finished message, as a snapshot holds it. */
export const storedMessage = (number: number): WireMessage => ({
  id: `m${number}`,
  role: number % 2 === 0 ? 'assistant' : 'user',
  parts: [{ type: 'text', text: `message ${number}` }],
  created_at: timestamp,
})

/**
 * A connection without a network or a server behind it, for tests that look at the client's own work alone: every join
 * is answered with so many messages, made anew as a parser would, and the test pushes what it likes.
 */
export function scriptedTransport(held: number) {
  const epoch = 'e1'
  let offset = held
  let handlers: TransportHandlers | undefined
  const joined = () => {
    const messages = Array.from({ length: held }, (_, index) => storedMessage(index + 1))
    const snapshot = { messages, offset: held, has_older: false, tasks: [] }
    return { ok: true, epoch, offset: held, events: [], snapshot, limits: { max_message_bytes: 65_536 } }
  }
  const transport: TransportFactory = (options) => {
    handlers = options.handlers
    return {
      open: () => queueMicrotask(() => options.handlers.connected()),
      close: () => {},
      emit: (event, _payload, acknowledge) => {
        queueMicrotask(() => acknowledge?.(event === 'chat:join' ? joined() : { ok: true }))
      },
    }
  }
  return {
    transport,
    /** Pushes the log's next event. */
    push: (body: Record<string, unknown>) => {
      offset += 1
      handlers?.pushed('chat:event', { conversation_id: 'demo', epoch, offset, timestamp, ...body })
    },
  }
}
