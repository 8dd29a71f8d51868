import { plainCodec, type TransportFactory, type TransportHandlers } from '../../src/index.js'
import { seededRandom } from './random.js'
import { type TestClientOptions, testClient } from './stored-client.js'
import { VirtualClock } from './virtual-clock.js'

const codec = plainCodec({
  events: ['message', 'part', 'done', 'error'],
  encode: ({ input }) =>
    'message' in input && input.message
      ? { event: 'chat', payload: (input.message.parts[0] as { text: string }).text }
      : null,
  decode: (event, payload) => {
    if (event === 'done') return [{ type: 'finish' }]
    if (event === 'error') return [{ type: 'error', error: payload }]
    if (event === 'part') return [{ type: 'part', part: payload as never }]
    return [{ type: 'text', text: String(payload) }]
  },
})

/** A server as the original design describes it, played by the test: it emits, and acknowledges nothing. */
export function plainServer() {
  const clock = new VirtualClock()
  const emitted: { event: string; payload: unknown }[] = []
  let handlers: TransportHandlers | undefined
  let wake = () => {}
  const transport: TransportFactory = (options) => {
    handlers = options.handlers
    return {
      open: () => options.handlers.connected(),
      close: () => {},
      emit: (event, payload) => void emitted.push({ event, payload }),
    }
  }
  /** A page that shows the conversation. */
  const open = (options: Partial<TestClientOptions> = {}) => {
    const client = testClient({
      url: 'http://old.test',
      codec,
      clock,
      random: seededRandom(1),
      locale: 'en',
      retry: { jitter: 'none' },
      page: {
        isOnline: () => true,
        listen: (listener) => {
          wake = listener.wake
          return () => {}
        },
      },
      transport,
      ...options,
    })
    const conversation = client.conversation('demo')
    conversation.subscribe(() => {})
    return { client, conversation }
  }
  /** To the page that was opened last. */
  const say = async (event: string, payload?: unknown) => {
    handlers?.pushed(event, payload)
    await clock.advance(0)
  }
  return {
    clock,
    emitted,
    /** What has reached the server, without the events' names. */
    asked: () => emitted.map(({ payload }) => payload),
    transport,
    open,
    say,
    drop: () => handlers?.disconnected('transport close'),
    /** The person comes back to the page that was opened last. */
    wake: () => wake(),
  }
}

export const retryable = {
  type: 'error',
  error: 'x',
  error_code: 'temporary',
  retryable: true,
  timestamp: 't',
}
