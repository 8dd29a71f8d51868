import { describe, expect, it } from 'vitest'
import 'fake-indexeddb/auto'
import type { Owner, StoredIntent } from '../../src/storage/index.js'
import { indexedDbOutbox } from '../../src/storage/indexed-db-storage.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { ownerOf, storedBy } from '../support/stored.js'

const ann = ownerOf('ann')

const intent = (taskId: string, more: Partial<StoredIntent> = {}): StoredIntent => ({
  version: 1,
  ...ann,
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

const names = (intents: readonly StoredIntent[]) => intents.map(({ taskId }) => taskId)

let databases = 0

describe.each([
  ['memoryStorage', memoryOutbox],
  ['indexedDbStorage', () => indexedDbOutbox(`contract-${++databases}`)],
])('%s', (_name, make) => {
  it('gives back the intents of one queue, each once', async () => {
    const storage = make()
    for (const taskId of ['one', 'two', 'three']) await storage.put(intent(taskId))
    await storage.put(intent('other', { conversationId: 'elsewhere', queue: 'r' }))
    await storage.put(intent('two', { createdAt: '2026-02-02T00:00:00.000Z' }))
    const loaded = await storage.load(ann, 'q')
    expect(names(loaded).toSorted()).toEqual(['one', 'three', 'two'])
    expect(loaded.find(({ taskId }) => taskId === 'two')?.createdAt).toBe('2026-02-02T00:00:00.000Z')
    expect(names(await storage.load(ann, 'r'))).toEqual(['other'])
    expect((await storage.overview(ann)).queues.toSorted()).toEqual(['q', 'r'])
  })

  it('keeps the intents of another person, and of another server, apart', async () => {
    const storage = make()
    const strangers: Owner[] = [ownerOf('bob'), { ...ann, server: 'elsewhere' }]
    await storage.put(intent('own'))
    for (const stranger of strangers) await storage.put(intent('strange', stranger))
    expect(names(await storage.load(ann, 'q'))).toEqual(['own'])
    await storage.remove(intent('strange'))
    await storage.wipe(ann)
    expect(await storage.load(ann, 'q')).toEqual([])
    for (const stranger of strangers) {
      expect(names(await storage.load(stranger, 'q'))).toEqual(['strange'])
      expect(await storage.overview(stranger)).toEqual({ queues: ['q'], wipe: null })
    }
  })

  it('forgets an intent that was removed, and a queue with its last intent', async () => {
    const storage = make()
    await storage.put(intent('one'))
    await storage.put(intent('two'))
    await storage.remove(intent('one'))
    expect(names(await storage.load(ann, 'q'))).toEqual(['two'])
    await storage.remove(intent('two'))
    await storage.remove(intent('two'))
    expect(await storage.overview(ann)).toEqual({ queues: [], wipe: null })
  })

  it('tells each wipe of an owner from the one before', async () => {
    const storage = make()
    await storage.wipe(ann)
    const first = (await storage.overview(ann)).wipe
    expect((await storage.overview(ann)).wipe).toBe(first)
    await storage.wipe(ann)
    const second = (await storage.overview(ann)).wipe
    expect(new Set([null, first, second]).size).toBe(3)
  })

  it('gives the mark of an intent to one sender of many, and to that sender again', async () => {
    const storage = make()
    await storage.put(intent('one'))
    const marks = await Promise.all(
      ['a', 'b', 'c'].map((sender) => storage.markSending(intent('one'), sender)),
    )
    expect(marks).toEqual([true, false, false])
    expect(await storage.markSending(intent('one'), 'a')).toBe(true)
    expect((await storage.load(ann, 'q'))[0]?.sender).toBe('a')
  })

  it('gives no mark for an intent that is not stored', async () => {
    const storage = make()
    expect(await storage.markSending(intent('one'), 'a')).toBe(false)
    expect(await storage.load(ann, 'q')).toEqual([])
  })

  it('removes the expired intents of everybody but one owner', async () => {
    const storage = make()
    const expiresAt = '2026-01-02T00:00:00.000Z'
    await storage.put(intent('own', { expiresAt }))
    await storage.put(intent('expired', { ...ownerOf('bob'), expiresAt }))
    await storage.put(intent('elsewhere', { server: 'elsewhere', expiresAt }))
    await storage.put(intent('later', { ...ownerOf('bob'), expiresAt: '2026-01-03T00:00:00.000Z' }))
    await storage.put(intent('never', ownerOf('bob')))
    await storage.removeExpired('2026-01-02T12:00:00.000Z', ann)
    expect(names(await storage.load(ann, 'q'))).toEqual(['own'])
    expect(names(await storage.load(ownerOf('bob'), 'q'))).toEqual(['later', 'never'])
    expect(await storage.load({ ...ann, server: 'elsewhere' }, 'q')).toEqual([])
  })

  it('loses nothing if ten intents are put at once', async () => {
    const storage = make()
    await Promise.all(Array.from({ length: 10 }, (_, n) => storage.put(intent(`task-${n}`))))
    expect(await storedBy(storage, 'ann')).toHaveLength(10)
  })
})
