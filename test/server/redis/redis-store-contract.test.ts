import { afterAll, beforeAll, describe, it } from 'vitest'
import { redisStore } from '../../../src/server/redis/redis-store.js'
import { type StoreUnderTest, storeContract } from '../store/store-contract.js'
import { clients, type OpenClient } from './clients.js'
import { type RedisServer, startRedis } from './redis-server.js'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

describe.each(['ioredis', 'redis'] as const)('the Redis store keeps the contract, client %s:', (name) => {
  let a: OpenClient
  let b: OpenClient
  let cases = 0
  beforeAll(async () => {
    ;[a, b] = await Promise.all([clients[name](server.port), clients[name](server.port)])
  })
  afterAll(() => {
    a.close()
    b.close()
  })

  async function open(): Promise<StoreUnderTest> {
    let now = Date.UTC(2026, 0, 1)
    const options = { prefix: `${name}-${++cases}:`, now: () => now }
    const stores = [redisStore(a.client, options), redisStore(b.client, options)]
    const reopen = async () => {
      const store = redisStore(b.client, options)
      stores.push(store)
      return store
    }
    return {
      nodes: [redisStoreAt(0), redisStoreAt(1)],
      advance: async (ms) => {
        now += ms
      },
      reopen,
      close: async () => {
        for (const store of stores) await store.close()
      },
    }
    function redisStoreAt(index: number) {
      const store = stores[index]
      if (!store) throw new Error('no store')
      return store
    }
  }

  for (const { name: promise, run } of storeContract(open)) it(promise, run)
})
