import { afterEach, describe, expect, it, vi } from 'vitest'
import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import type { OutboxStorage, StoredIntent } from '../../src/storage/index.js'
import { indexedDbOutbox } from '../../src/storage/indexed-db-storage.js'
import { setUp } from '../support/set-up.js'
import { ownerOf, storedBy } from '../support/stored.js'

const ann = ownerOf('ann')

const intent = (taskId: string, text = taskId): StoredIntent => ({
  version: 1,
  ...ann,
  queue: 'q',
  conversationId: 'demo',
  taskId,
  input: {
    kind: 'message',
    message: { id: `m-${taskId}`, role: 'user', parts: [{ type: 'text', text }], created_at: 't' },
  },
  createdAt: '2026-01-01T00:00:00.000Z',
})

let databases = 0
const freshName = () => `test-${++databases}`

afterEach(() => vi.restoreAllMocks())

/** Every connection that is opened from now on. */
function connections(): IDBDatabase[] {
  const opened: IDBDatabase[] = []
  const open = indexedDB.open.bind(indexedDB)
  vi.spyOn(indexedDB, 'open').mockImplementation((...given) => {
    const request = open(...given)
    request.addEventListener('success', () => opened.push(request.result))
    return request
  })
  return opened
}

const operations: readonly (readonly [string, (storage: OutboxStorage) => Promise<unknown>])[] = [
  ['overview', (storage) => storage.overview(ann)],
  ['load', (storage) => storage.load(ann, 'q')],
  ['put', (storage) => storage.put(intent('two'))],
  ['markSending', (storage) => storage.markSending(intent('one'), 'a')],
  ['remove', (storage) => storage.remove(intent('one'))],
  ['wipe', (storage) => storage.wipe(ann)],
  ['removeExpired', (storage) => storage.removeExpired('2026-01-02T00:00:00.000Z', ann)],
]

describe('indexedDbStorage on a connection that the browser has closed without an event', () => {
  it.each(operations)('opens the database again for %s', async (_name, operate) => {
    const opened = connections()
    const name = freshName()
    const storage = indexedDbOutbox(name)
    await storage.put(intent('one'))
    opened[0]?.close()
    await operate(storage)
    await storage.put(intent('three'))
    expect(opened).toHaveLength(2)
    expect(await storedBy(indexedDbOutbox(name), 'ann')).toContainEqual(intent('three'))
  })

  it('opens it once for all operations that were under way', async () => {
    const opened = connections()
    const storage = indexedDbOutbox(freshName())
    await storage.put(intent('one'))
    opened[0]?.close()
    await Promise.all(['two', 'three', 'four'].map((taskId) => storage.put(intent(taskId))))
    expect(opened).toHaveLength(2)
    expect(await storedBy(storage, 'ann')).toHaveLength(4)
  })

  it('repeats an operation whose requests fail, as after a crash of the browser’s database process', async () => {
    const opened = connections()
    const storage = indexedDbOutbox(freshName())
    await storage.put(intent('one'))
    const [dead] = opened
    if (!dead) throw new Error('unable to test; nothing was opened')
    const transaction = dead.transaction.bind(dead)
    vi.spyOn(dead, 'transaction').mockImplementation((...given) => {
      const begun = transaction(...given)
      queueMicrotask(() => begun.abort())
      return begun
    })
    await storage.put(intent('two'))
    expect(opened).toHaveLength(2)
    expect(await storedBy(storage, 'ann')).toHaveLength(2)
  })

  it('gives up after one repetition', async () => {
    const open = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('x', 'SecurityError')
    })
    await expect(indexedDbOutbox(freshName()).put(intent('one'))).rejects.toThrow('x')
    expect(open).toHaveBeenCalledTimes(2)
  })
})

describe('indexedDbStorage', () => {
  it('does not repeat an operation that the database refused', async () => {
    const opened = connections()
    const storage = indexedDbOutbox(freshName())
    await storage.put(intent('one'))
    const uncloneable = { ...intent('two'), input: () => {} } as never
    await expect(storage.put(uncloneable)).rejects.toThrow()
    expect(opened).toHaveLength(1)
  })

  it('passes over a record that is damaged or of another version, and leaves it where it is', async () => {
    const name = freshName()
    const storage = indexedDbOutbox(name)
    await storage.put(intent('good'))
    const raw = await openDB(name)
    const strange = [null, 5, { ...intent('future'), version: 2 }, { ...intent('bad'), input: { kind: 'x' } }]
    for (const record of strange) await raw.put('intents', record)
    expect(await storedBy(storage, 'ann')).toEqual([intent('good')])
    await storage.remove(intent('good'))
    expect(await raw.getAll('intents')).toEqual(strange)
    raw.close()
  })

  it('keeps each intent in a record of its own, so that a put does not write the others again', async () => {
    const name = freshName()
    const storage = indexedDbOutbox(name)
    for (let n = 0; n < 20; n++) await storage.put(intent(`task-${n}`, 'x'.repeat(1000)))
    const put = vi.spyOn(IDBObjectStore.prototype, 'put')
    await storage.put(intent('last'))
    expect(put.mock.calls.map(([value]) => value)).toEqual([intent('last')])
    const raw = await openDB(name)
    expect(await raw.count('intents')).toBe(21)
    raw.close()
  })

  it('keeps nothing readable of an owner who was wiped', async () => {
    const name = freshName()
    const storage = indexedDbOutbox(name)
    await storage.put(intent('one'))
    await storage.wipe(ann)
    const raw = await openDB(name)
    const kept = JSON.stringify([
      await raw.getAll('intents'),
      await raw.getAll('wipes'),
      await raw.getAllKeys('wipes'),
    ])
    raw.close()
    expect(kept).not.toMatch(/ann|server/)
  })

  it.each([
    ['if it is closed', async (storage: OutboxStorage) => storage.close?.()],
    ['if another page needs a newer version of it', async () => {}],
  ])('lets go of its database %s, and opens it again when it is used', async (_when, end) => {
    const name = freshName()
    const storage = indexedDbOutbox(name)
    await storage.put(intent('one'))
    await end(storage)
    const isFree = await new Promise((resolve) => {
      const deletion = indexedDB.deleteDatabase(name)
      deletion.onsuccess = () => resolve(true)
      deletion.onblocked = () => resolve(false)
    })
    expect(isFree).toBe(true)
    await storage.put(intent('two'))
    expect(await storedBy(storage, 'ann')).toHaveLength(1)
  })

  it('waits for a page with an older version of the database, and then stores', async () => {
    const name = freshName()
    const old = await openDB(name, 1)
    const put = indexedDbOutbox(name).put(intent('one'))
    const early = await Promise.race([
      put.then(() => 'stored'),
      new Promise((resolve) => setTimeout(resolve, 50)),
    ])
    expect(early).toBeUndefined()
    old.close()
    await put
    expect(await storedBy(indexedDbOutbox(name), 'ann')).toHaveLength(1)
  })

  it('stores an intent that it was given before it is closed', async () => {
    const name = freshName()
    const storage = indexedDbOutbox(name)
    await storage.put(intent('one'))
    const put = storage.put(intent('two'))
    await storage.close?.()
    await put
    expect(await storedBy(indexedDbOutbox(name), 'ann')).toHaveLength(2)
  })

  it('carries three messages over a reload', async () => {
    const storage = indexedDbOutbox(freshName())
    const { clock, client, conversation, network, makeClient, responder } = setUp({
      client: { identity: 'ann', storage },
      responder: { words: 1 },
    })
    network.reachable = false
    for (const text of ['one', 'two', 'three']) conversation.sendMessage(text)
    await clock.advance(1000)
    await client.close()
    expect(await storedBy(storage, 'ann')).toHaveLength(3)
    network.reachable = true
    const next = makeClient().conversation('demo')
    next.subscribe(() => {})
    for (let round = 0; round < 100 && responder.runs < 3; round++) await clock.advance(1000)
    await clock.advance(1000)
    expect(responder.asked).toEqual(['one', 'two', 'three'])
    expect(next.getSnapshot().messages).toHaveLength(6)
  })

  it('does not have a cancelled message sent by the next page, although the browser closed the database', async () => {
    const opened = connections()
    const storage = indexedDbOutbox(freshName())
    const { clock, client, conversation, network, makeClient } = setUp({
      client: { identity: 'ann', storage },
    })
    const errors: string[] = []
    client.on('error', ({ error }) => errors.push(error.code))
    network.reachable = false
    const task = conversation.sendMessage('Hello')
    await clock.advance(1000)
    for (const database of opened) database.close()
    await task.stop()
    await clock.advance(1000)
    await client.close()
    network.reachable = true
    const next = makeClient().conversation('demo')
    next.subscribe(() => {})
    await clock.advance(20_000)
    expect(network.sent('chat:send')).toEqual([])
    expect(errors).toEqual([])
  })
})
