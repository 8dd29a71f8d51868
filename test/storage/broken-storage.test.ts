import { describe, expect, it } from 'vitest'
import type { OutboxStorage } from '../../src/storage/index.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { outcome, setUp } from '../support/set-up.js'
import { ownerOf, storedBy } from '../support/stored.js'

const never = () => new Promise<never>(() => {})

const throws = () => {
  throw new Error('no storage here')
}

/** A storage with one queue, of these records. */
const holding = (records: readonly unknown[]): Partial<OutboxStorage> => ({
  overview: async () => ({ queues: ['q'], wipe: null }),
  load: async () => records as never,
})

const input = (text: string) => ({
  kind: 'message' as const,
  message: { id: `m-${text}`, role: 'user' as const, parts: [{ type: 'text', text }], created_at: 't' },
})

const stored = (text: string, fields: object = {}) => ({
  version: 1 as const,
  ...ownerOf('ann'),
  queue: 'q',
  conversationId: 'demo',
  taskId: `t-${text}`,
  input: input(text),
  createdAt: 't',
  ...fields,
})

function withStorage(parts: Partial<OutboxStorage>) {
  const storage = { ...memoryOutbox(), ...parts }
  const setup = setUp({ client: { identity: 'ann', storage }, responder: { words: 1 } })
  const errors: string[] = []
  setup.client.on('error', ({ error }) => errors.push(error.code))
  return { ...setup, errors }
}

describe('a storage that hangs', () => {
  it('holds up a send for a quarter of a second, and the client tells of it once, after ten seconds', async () => {
    const { clock, conversation, network, errors } = withStorage({ put: never })
    conversation.subscribe(() => {})
    await clock.advance(100)
    const tasks = [conversation.sendMessage('one'), conversation.sendMessage('two')]
    await clock.advance(200)
    expect(network.sent('chat:send')).toHaveLength(0)
    await clock.advance(100)
    expect(network.sent('chat:send')).toHaveLength(2)
    await clock.advance(1000)
    expect(await Promise.all(tasks.map(({ finished }) => outcome(finished)))).toEqual([
      'resolved',
      'resolved',
    ])
    expect(errors).toEqual([])
    await clock.advance(10_000)
    expect(errors).toEqual(['storage_unavailable'])
  })

  it.each([['overview'], ['load']])(
    'while %s reads it holds up the first send for two seconds, and the client tells of it',
    async (name) => {
      const found = { overview: async () => ({ queues: ['q'], wipe: null }) }
      const { clock, conversation, network, errors } = withStorage({ ...found, [name]: never })
      const task = conversation.sendMessage('Hello')
      await clock.advance(1900)
      expect(network.sent('chat:send')).toHaveLength(0)
      await clock.advance(3000)
      expect(await outcome(task.finished)).toBe('resolved')
      expect(errors).toEqual([])
      await clock.advance(10_000)
      expect(errors).toEqual(['storage_unavailable'])
    },
  )

  it('while it is wiped does not keep the person from signing out', async () => {
    const { clock, client, conversation } = withStorage({ wipe: never })
    const task = conversation.sendMessage('Hello')
    const out = outcome(client.signOut())
    await clock.advance(10_000)
    expect(await out).toBe('storage_unavailable')
    expect(await outcome(task.finished)).toBe('closed')
  })

  it('leaves no timer behind when the client is closed', async () => {
    const { clock, client, clientClock, conversation } = withStorage({ load: never, put: never })
    conversation.sendMessage('Hello')
    await clock.advance(10)
    await client.close()
    await clock.advance(0)
    expect(clientClock.pending).toBe(0)
  })
})

describe('a storage that is late', () => {
  it.each([400, 1900])('raises no alarm if it opens within %i ms and then works', async (ms) => {
    const memory = memoryOutbox()
    let open = () => {}
    const opening = new Promise<void>((resolve) => {
      open = resolve
    })
    const late =
      <A extends unknown[], T>(work: (...given: A) => Promise<T>) =>
      async (...given: A) => {
        await opening
        return work(...given)
      }
    const { clock, conversation, responder, errors } = withStorage({
      overview: late(memory.overview),
      load: late(memory.load),
      put: late(memory.put),
      remove: late(memory.remove),
      removeExpired: late(memory.removeExpired),
    })
    clock.setTimeout(open, ms)
    conversation.sendMessage('Hello')
    await clock.advance(20_000)
    expect(responder.asked).toEqual(['Hello'])
    expect(errors).toEqual([])
    expect(await storedBy(memory, 'ann')).toEqual([])
  })

  it('still brings back what it holds', async () => {
    const found: OutboxStorage['load'] = () =>
      new Promise((resolve) => clock.setTimeout(() => resolve([stored('earlier')]), 3000))
    const { clock, conversation, responder } = withStorage({ ...holding([]), load: found })
    conversation.sendMessage('later')
    await clock.advance(10_000)
    expect(responder.asked).toEqual(['later', 'earlier'])
  })

  it('does not bring back what was stopped before it was stored', async () => {
    const memory = memoryOutbox()
    const { clock, conversation } = withStorage({
      ...memory,
      put: (intent) => new Promise((resolve) => clock.setTimeout(() => resolve(memory.put(intent)), 5000)),
    })
    const task = conversation.sendMessage('Hello')
    void task.stop()
    await clock.advance(10_000)
    expect(await storedBy(memory, 'ann')).toEqual([])
  })

  it('does not keep what it stores after the person has signed out', async () => {
    const memory = memoryOutbox()
    const { clock, client, conversation } = withStorage({
      ...memory,
      put: (intent) => new Promise((resolve) => clock.setTimeout(() => resolve(memory.put(intent)), 5000)),
    })
    conversation.sendMessage('Hello')
    await client.signOut()
    await clock.advance(10_000)
    expect(await storedBy(memory, 'ann')).toEqual([])
  })
})

describe('a storage that throws instead of rejecting', () => {
  it('is done without', async () => {
    const { clock, client, conversation, errors } = withStorage({
      load: throws,
      put: throws,
      remove: throws,
      wipe: throws,
    })
    const tasks = [conversation.sendMessage('one'), conversation.sendMessage('two')]
    await clock.advance(1000)
    expect(await Promise.all(tasks.map(({ finished }) => outcome(finished)))).toEqual([
      'resolved',
      'resolved',
    ])
    expect(errors).toEqual(['storage_unavailable'])
    expect(await outcome(client.signOut())).toBe('storage_unavailable')
  })
})

describe('a storage that gives garbage', () => {
  it.each([
    ['overview', [null, undefined, 5, 'x', {}, { queues: 5 }]],
    ['load', [null, undefined, 5, 'x', {}]],
  ])('loads nothing if %s returns no list, and sends', async (name, all) => {
    for (const garbage of all) {
      const { clock, conversation } = withStorage({ ...holding([]), [name]: async () => garbage })
      const task = conversation.sendMessage('Hello')
      await clock.advance(1000)
      expect(await outcome(task.finished)).toBe('resolved')
    }
  })

  it('loses only what is damaged, and sends nothing of another person', async () => {
    const { clock, conversation, responder } = withStorage(
      holding([
        null,
        5,
        {},
        stored('other version', { version: 2 }),
        stored('no input', { input: { kind: 'message' } }),
        stored('of bob', { identity: 'bob' }),
        stored('no queue', { queue: undefined }),
        stored('of another server', { server: 'elsewhere' }),
        stored('of another queue', { queue: 'r' }),
        stored('good'),
      ]),
    )
    conversation.subscribe(() => {})
    await clock.advance(5000)
    expect(responder.asked).toEqual(['good'])
  })
})

it('a storage that can not note a stop still loses what was stopped', async () => {
  const memory = memoryOutbox()
  const { clock, conversation, responder } = withStorage({
    ...memory,
    put: (intent) => (intent.stopped ? Promise.reject(new Error('x')) : memory.put(intent)),
  })
  const task = conversation.sendMessage('Hello')
  await clock.advance(25)
  expect(await storedBy(memory, 'ann')).toHaveLength(1)
  void task.stop()
  await clock.advance(5000)
  expect(await outcome(task.finished)).toBe('resolved')
  expect(await storedBy(memory, 'ann')).toEqual([])
  expect(responder.runs).toBe(1)
})

it('a storage that gives an intent twice has it sent once, and nothing is told of it a day later', async () => {
  const twice = stored('good', { createdAt: '2026-01-01T00:00:00.000Z' })
  const { clock, conversation, responder, errors } = withStorage(holding([twice, { ...twice }]))
  conversation.subscribe(() => {})
  await clock.advance(2 * 86_400_000)
  expect(responder.asked).toEqual(['good'])
  expect(errors).toEqual([])
})
