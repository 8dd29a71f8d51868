import { describe, expect, it } from 'vitest'
import { type ChatStore, conversationKey } from '../../../src/server/store/index.js'
import { memoryStore } from '../../../src/server/store/memory-store.js'
import { VirtualClock } from '../../support/virtual-clock.js'
import { delta, isStored, Talk } from './contract/talk.js'
import { recordingLogger } from './recording-logger.js'
import { atOnce, storeContract } from './store-contract.js'

async function open() {
  const clock = new VirtualClock()
  const a = memoryStore({ clock })
  const b = a.connect()
  return {
    nodes: [a, b] as const,
    advance: (ms: number) => clock.advance(ms),
    close: async () => {
      await a.close()
      await b.close()
    },
  }
}

describe('the memory store keeps the contract:', () => {
  for (const { name, run } of storeContract(open)) it(name, run)
})

describe('the memory store, asked to store at once, keeps the contract:', () => {
  for (const { name, run } of storeContract(() => atOnce(open))) it(name, run)
})

describe('the memory store', () => {
  const talkOf = (store: ChatStore, id: string) => new Talk(store, conversationKey('ann', id))
  const large = { user: 'x'.repeat(10_000) }

  it('forgets the conversations that nobody has used for longest, and says so', async () => {
    const logger = recordingLogger()
    const store = memoryStore({ maxBytes: 55_000, logger })
    for (const id of ['a', 'b', 'c', 'd']) {
      await talkOf(store, id).send('t1', large)
      await talkOf(store, id).stop('t1')
      await talkOf(store, id).decide({ events: [delta('t1', 'y'.repeat(10_000))] })
    }
    await talkOf(store, 'a').decide({ events: [delta('t1', 'again')] })
    for (const id of ['e', 'f', 'g']) {
      await talkOf(store, id).decide({ events: [delta('t1', 'y'.repeat(10_000))] })
    }
    const exist = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(async (id) => (await talkOf(store, id).read()).exists),
    )
    expect(exist).toEqual([true, false, true, true, true, true, true])
    expect(logger.lines).toEqual([
      ['warn', 'conversations forgotten; the memory store is full', { forgotten: 1 }],
    ])
  })

  it('forgets no conversation that a node has subscribed to, also before a node has asked what is due', async () => {
    const store = memoryStore({ maxBytes: 25_000 })
    const told: string[] = []
    await store.subscribe(conversationKey('ann', 'joined'), () => told.push('joined'))
    for (const id of ['joined', 'a', 'b', 'c']) {
      await talkOf(store, id).send('t1')
      await talkOf(store, id).stop('t1')
      await talkOf(store, id).decide({ events: [delta('t1', 'y'.repeat(10_000))] })
    }
    expect(told).toHaveLength(3)
    const exist = await Promise.all(
      ['joined', 'a', 'b', 'c'].map(async (id) => (await talkOf(store, id).read()).exists),
    )
    expect(exist).toEqual([true, false, true, true])
  })

  it('refuses steps as overloaded while all that it holds has open work, and goes on afterwards', async () => {
    const store = memoryStore({ maxBytes: 25_000 })
    for (const id of ['a', 'b', 'c']) isStored(await talkOf(store, id).send('t1', large))
    await expect(talkOf(store, 'd').send('t1')).rejects.toMatchObject({ code: 'overloaded', retryable: true })
    expect((await talkOf(store, 'd').read()).exists).toBe(false)
    for (const id of ['a', 'b', 'c']) expect((await talkOf(store, id).read()).tasks).toHaveLength(1)
  })

  it('counts what a fold frees', async () => {
    const store = memoryStore({ maxBytes: 60_000 })
    for (let n = 0; n < 40; n += 1) {
      await talkOf(store, 'a').exchange(`t${n}`, 'z'.repeat(5_000))
      await talkOf(store, 'a').compactExchange(`t${n}`, 'short')
    }
    expect((await talkOf(store, 'a').read()).position.end).toBe(160)
  })

  it('closes one node’s subscriptions and leaves those of the others', async () => {
    const a = memoryStore()
    const b = a.connect()
    const told: string[] = []
    await a.subscribe(conversationKey('ann', 'a'), () => told.push('a'))
    await b.subscribe(conversationKey('ann', 'a'), () => told.push('b'))
    await a.close()
    isStored(await talkOf(a, 'a').send('t1'))
    expect(told).toEqual(['b'])
  })

  it('wants options that make sense', () => {
    expect(() => memoryStore({ maxBytes: 0 })).toThrow('maxBytes')
    expect(() => memoryStore({ clock: {} as never })).toThrow('clock.now')
  })
})
