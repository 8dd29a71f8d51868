import type { ChatMessage } from '../../src/index.js'
import { messageText } from '../../src/index.js'
import { MemoryNetwork, type MemoryNetworkOptions } from './memory-network.js'
import { seededRandom } from './random.js'
import { type TestClientOptions, testClient } from './stored-client.js'
import { TrackedClock } from './tracked-clock.js'
import { VirtualClock } from './virtual-clock.js'
import { WordResponder, type WordResponderOptions } from './word-responder.js'

export interface Setup {
  readonly client?: Partial<TestClientOptions>
  readonly server?: Partial<MemoryNetworkOptions>
  readonly responder?: Partial<WordResponderOptions>
}

/** A client, the example server's handler and a network between them, on one virtual clock. */
export function setUp({ client: clientOptions, server, responder: responderOptions }: Setup = {}) {
  const clock = new VirtualClock()
  const random = seededRandom(1)
  const responder = new WordResponder({ clock, ...responderOptions })
  // The server's own retries are off unless a test wants them: here the client's are looked at.
  const network = new MemoryNetwork({ clock, random, responder, retry: { maxAttempts: 1 }, ...server })
  const clientClock = new TrackedClock(clock)
  const makeClient = (options: Partial<TestClientOptions> = {}) =>
    testClient({
      url: 'http://server.test',
      transport: network.transport,
      clock: clientClock,
      random,
      locale: 'en',
      ...clientOptions,
      ...options,
    })
  const client = makeClient()
  const conversation = client.conversation('demo')
  return { clock, clientClock, random, responder, network, client, conversation, makeClient }
}

/** A transcript as a person would read it out. */
export const transcript = (messages: readonly ChatMessage[]) =>
  messages.map((message) => `${message.role}: ${messageText(message).trim()} (${message.status})`)

/** How a promise ended: its value, or the code of its error. */
export const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: { code?: string }) => error.code ?? String(error),
  )
