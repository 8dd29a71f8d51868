import { describe, expect, it } from 'vitest'
import { memoryStorage, type OutboxStorage } from '../../src/index.js'
import { outcome, setUp } from '../support/set-up.js'

const never = () => new Promise<never>(() => {})

const throws = () => {
  throw new Error('no storage here')
}

const input = (text: string) => ({
  kind: 'message' as const,
  message: { id: `m-${text}`, role: 'user' as const, parts: [{ type: 'text', text }], created_at: 't' },
})

const stored = (text: string, fields: object = {}) => ({
  version: 1 as const,
  identity: 'ann',
  queue: 'q',
  conversationId: 'demo',
  taskId: `t-${text}`,
  input: input(text),
  createdAt: 't',
  ...fields,
})

function withStorage(parts: Partial<OutboxStorage>) {
  const storage = { ...memoryStorage(), ...parts }
  const setup = setUp({ client: { identity: 'ann', storage }, responder: { words: 1 } })
  const errors: string[] = []
  setup.client.on('error', ({ error }) => errors.push(error.code))
  return { ...setup, errors }
}

describe('a storage that hangs', () => {
  it('holds up a send for a quarter of a second, and is told of once', async () => {
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
    expect(errors).toEqual(['storage_unavailable'])
  })

  it('while it is read holds up the first send for two seconds', async () => {
    const { clock, conversation, errors } = withStorage({ load: never })
    const task = conversation.sendMessage('Hello')
    await clock.advance(5000)
    expect(await outcome(task.finished)).toBe('resolved')
    expect(errors).toEqual(['storage_unavailable'])
  })

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
  it('still brings back what it holds', async () => {
    const found: OutboxStorage['load'] = () =>
      new Promise((resolve) => clock.setTimeout(() => resolve([stored('earlier')]), 3000))
    const { clock, conversation, responder } = withStorage({ load: found })
    conversation.sendMessage('later')
    await clock.advance(10_000)
    expect(responder.asked).toEqual(['later', 'earlier'])
  })

  it('does not bring back what was stopped before it was stored', async () => {
    const memory = memoryStorage()
    const { clock, conversation } = withStorage({
      ...memory,
      put: (intent) => new Promise((resolve) => clock.setTimeout(() => resolve(memory.put(intent)), 5000)),
    })
    const task = conversation.sendMessage('Hello')
    void task.stop()
    await clock.advance(10_000)
    expect(await memory.load('ann')).toEqual([])
  })

  it('does not keep what it stores after the person has signed out', async () => {
    const memory = memoryStorage()
    const { clock, client, conversation } = withStorage({
      ...memory,
      put: (intent) => new Promise((resolve) => clock.setTimeout(() => resolve(memory.put(intent)), 5000)),
    })
    conversation.sendMessage('Hello')
    await client.signOut()
    await clock.advance(10_000)
    expect(await memory.load('ann')).toEqual([])
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
  it('is done without where it gives no list', async () => {
    for (const garbage of [null, undefined, 5, 'x', {}]) {
      const { clock, conversation } = withStorage({ load: async () => garbage as never })
      const task = conversation.sendMessage('Hello')
      await clock.advance(1000)
      expect(await outcome(task.finished)).toBe('resolved')
    }
  })

  it('loses only what is damaged, and sends nothing of another person', async () => {
    const { clock, conversation, responder } = withStorage({
      load: async () =>
        [
          null,
          5,
          {},
          stored('other version', { version: 2 }),
          stored('no input', { input: { kind: 'message' } }),
          stored('of bob', { identity: 'bob' }),
          stored('no queue', { queue: undefined }),
          stored('good'),
        ] as never,
    })
    conversation.subscribe(() => {})
    await clock.advance(5000)
    expect(responder.asked).toEqual(['good'])
  })
})

it('a storage that can not note a stop still loses what was stopped', async () => {
  const memory = memoryStorage()
  const { clock, conversation, responder } = withStorage({
    ...memory,
    put: (intent) => (intent.stopped ? Promise.reject(new Error('x')) : memory.put(intent)),
  })
  const task = conversation.sendMessage('Hello')
  await clock.advance(25)
  expect(await memory.load('ann')).toHaveLength(1)
  void task.stop()
  await clock.advance(5000)
  expect(await outcome(task.finished)).toBe('resolved')
  expect(await memory.load('ann')).toEqual([])
  expect(responder.runs).toBe(1)
})

it('a storage that gives an intent twice has it sent once, and nothing is told of it a day later', async () => {
  const twice = stored('good', { createdAt: '2026-01-01T00:00:00.000Z' })
  const { clock, conversation, responder, errors } = withStorage({
    load: async () => [twice, { ...twice }] as never,
  })
  conversation.subscribe(() => {})
  await clock.advance(2 * 86_400_000)
  expect(responder.asked).toEqual(['good'])
  expect(errors).toEqual([])
})
