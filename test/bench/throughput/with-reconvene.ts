import 'fake-indexeddb/auto'
import type * as Reconvene from '../../../src/index.js'
import type * as StorageEntry from '../../../src/storage/index.js'
import { meter } from './meter.js'
import { type Burst, conversationIds, type Job, type Measured, type Scenario, word } from './scenario.js'

type Library = typeof Reconvene
type Storage = typeof StorageEntry
type Deltas = Extract<Scenario, { kind: 'deltas' }>
type Sends = Extract<Scenario, { kind: 'sends' }>

/** A client whose conversations are looked at, as a page does, and joined. */
async function open({ url, library }: Job, count: number, storage?: Sends['storage']) {
  const { ChatClient, messageText }: Library = await import(library)
  const { indexedDbStorage, memoryStorage }: Storage = await import(
    new URL('storage/index.js', new URL(library, import.meta.url)).href
  )
  const client = new ChatClient({
    url,
    socketOptions: { transports: ['websocket'] },
    ...(storage && {
      identity: 'person',
      storage: storage === 'memory' ? memoryStorage() : indexedDbStorage(),
    }),
  })
  const conversations = conversationIds(count).map((id) => client.conversation(id))
  for (const conversation of conversations) conversation.subscribe(() => conversation.getSnapshot())
  // A send waits for its conversation's join; the answer to one says that it is joined.
  for (const conversation of conversations) await conversation.sendMessage('hello').finished
  return { client, conversations, messageText }
}

export async function deltasWithReconvene(job: Job, scenario: Deltas): Promise<Measured> {
  const { conversations: count, perPush } = scenario
  const { client, conversations, messageText } = await open(job, count)
  const [first] = conversations
  if (!first) throw new RangeError('unable to measure; there is no conversation')
  const run = async (deltas: number): Promise<Measured> => {
    const burst: Burst = { deltas, perPush, conversations: conversationIds(count) }
    const measure = meter()
    await first.sendMessage({ text: 'stream', metadata: { burst } }).finished
    const measured = measure(deltas)
    const texts = conversations.map((each) => each.getSnapshot().messages.at(-1))
    const length = texts.reduce((sum, message) => sum + (message ? messageText(message).length : 0), 0)
    if (length !== deltas * word.length) throw new Error(`unable to measure; ${length} characters came`)
    return measured
  }
  await run(scenario.deltas / 5)
  const measured = await run(scenario.deltas)
  await client.close()
  return measured
}

export async function sendsWithReconvene(job: Job, scenario: Sends): Promise<Measured> {
  const { conversations: count, atOnce, storage } = scenario
  const { client, conversations } = await open(job, count, storage)
  const run = async (sends: number): Promise<Measured> => {
    const each = sends / count
    const measure = meter()
    await Promise.all(
      conversations.map(async (conversation) => {
        for (let sent = 0; sent < each; sent += atOnce) {
          const tasks = Array.from({ length: atOnce }, () => conversation.sendMessage('hello'))
          await Promise.all(tasks.map(({ accepted }) => accepted))
        }
      }),
    )
    return measure(sends)
  }
  await run(scenario.sends / 5)
  const measured = await run(scenario.sends)
  await client.close()
  return measured
}
