import 'fake-indexeddb/auto'
import { createStore, get, set } from 'idb-keyval'
import { describe, expect, it } from 'vitest'
import { indexedDbStorage, memoryStorage, type OutboxStorage, type StoredIntent } from '../../src/index.js'
import { setUp } from '../support/set-up.js'

const intent = (taskId: string, more: Partial<StoredIntent> = {}): StoredIntent => ({
  version: 1,
  identity: 'ann',
  queue: 'q',
  conversationId: 'demo',
  taskId,
  input: {
    kind: 'message',
    message: { id: `m-${taskId}`, role: 'user', parts: [{ type: 'text', text: taskId }], created_at: 't' },
  },
  createdAt: '2026-01-01T00:00:00.000Z',
  ...more,
})

let databases = 0
const freshName = () => `test-${++databases}`

describe.each([
  ['memoryStorage', memoryStorage],
  ['indexedDbStorage', () => indexedDbStorage(freshName())],
])('%s', (_name, make) => {
  it('gives back what was put, in order, to its owner alone', async () => {
    const storage = make()
    for (const taskId of ['one', 'two', 'three']) await storage.put(intent(taskId))
    await storage.put(intent('other', { conversationId: 'elsewhere', queue: 'r' }))
    await storage.put(intent('strange', { identity: 'bob' }))
    await storage.put(intent('two', { createdAt: '2026-02-02T00:00:00.000Z' }))
    const loaded = await storage.load('ann')
    expect(loaded.map(({ taskId }) => taskId)).toEqual(['one', 'two', 'three', 'other'])
    expect(loaded[1]?.createdAt).toBe('2026-02-02T00:00:00.000Z')
  })

  it('forgets what was removed, and all of one person when wiped', async () => {
    const storage = make()
    await storage.put(intent('one'))
    await storage.put(intent('two'))
    await storage.put(intent('strange', { identity: 'bob' }))
    await storage.remove(intent('one'))
    expect((await storage.load('ann')).map(({ taskId }) => taskId)).toEqual(['two'])
    await storage.wipe('ann')
    expect(await storage.load('ann')).toEqual([])
    expect(await storage.load('bob')).toHaveLength(1)
  })

  it('loses nothing when ten are put at once', async () => {
    const storage = make()
    await Promise.all(Array.from({ length: 10 }, (_, n) => storage.put(intent(`task-${n}`))))
    expect(await storage.load('ann')).toHaveLength(10)
  })
})

describe('indexedDbStorage', () => {
  it('passes over what is damaged or of another version, and leaves it where it is', async () => {
    const name = freshName()
    const storage = indexedDbStorage(name)
    const raw = createStore(name, 'outbox')
    const strange = [
      null,
      5,
      { version: 2, taskId: 'future' },
      { ...intent('bad'), input: { kind: 'nothing' } },
    ]
    await set(['ann', 'q'], [...strange, intent('good')], raw)
    expect((await storage.load('ann')).map(({ taskId }) => taskId)).toEqual(['good'])
    await storage.remove(intent('good'))
    expect(await get(['ann', 'q'], raw)).toEqual(strange)
    await set(['ann', 'q'], 'nonsense', raw)
    expect(await storage.load('ann')).toEqual([])
  })

  it.each([
    ['when it is closed', async (storage: OutboxStorage) => storage.close?.()],
    ['when another page needs a newer version of it', async () => {}],
  ])('lets go of its database %s, and opens it again when it is used', async (_when, end) => {
    const name = freshName()
    const storage = indexedDbStorage(name)
    await storage.put(intent('one'))
    await end(storage)
    const isFree = await new Promise((resolve) => {
      const deletion = indexedDB.deleteDatabase(name)
      deletion.onsuccess = () => resolve(true)
      deletion.onblocked = () => resolve(false)
    })
    expect(isFree).toBe(true)
    await storage.put(intent('two'))
    expect(await storage.load('ann')).toHaveLength(1)
  })

  it('stores what it was given before it is closed', async () => {
    const name = freshName()
    const storage = indexedDbStorage(name)
    await storage.put(intent('one'))
    const put = storage.put(intent('two'))
    await storage.close?.()
    await put
    expect(await indexedDbStorage(name).load('ann')).toHaveLength(2)
  })

  it('carries three messages over a reload', async () => {
    const storage = indexedDbStorage(freshName())
    const { clock, client, conversation, network, makeClient, responder } = setUp({
      client: { identity: 'ann', storage },
      responder: { words: 1 },
    })
    network.reachable = false
    for (const text of ['one', 'two', 'three']) conversation.sendMessage(text)
    await clock.advance(1000)
    await client.close()
    expect(await storage.load('ann')).toHaveLength(3)
    network.reachable = true
    const next = makeClient().conversation('demo')
    next.subscribe(() => {})
    for (let round = 0; round < 100 && responder.runs < 3; round++) await clock.advance(1000)
    await clock.advance(1000)
    expect(responder.asked).toEqual(['one', 'two', 'three'])
    expect(next.getSnapshot().messages).toHaveLength(6)
  })
})
