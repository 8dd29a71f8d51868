import { Cluster, Redis } from 'ioredis'
import { createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisClient } from '../../../src/server/redis/redis-connection.js'
import { redisStore } from '../../../src/server/redis/redis-store.js'
import { type Change, conversationKey } from '../../../src/server/store/index.js'
import { eventually } from '../store/contract/harness.js'
import { isStored, Talk } from '../store/contract/talk.js'
import { storeContract } from '../store/store-contract.js'
import { type RedisCluster, startCluster } from './redis-cluster.js'

let cluster: RedisCluster
beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)
afterAll(() => cluster.stop())

const open: Record<'ioredis' | 'redis', () => Promise<{ client: RedisClient; close(): void }>> = {
  ioredis: async () => {
    const client = new Cluster(cluster.ports.map((port) => ({ host: '127.0.0.1', port })))
    return { client, close: () => client.disconnect() }
  },
  redis: async () => {
    const rootNodes = cluster.ports.map((port) => ({ socket: { host: '127.0.0.1', port } }))
    const client = createCluster({ rootNodes })
    client.on('error', () => {})
    await client.connect()
    return { client, close: () => client.destroy() }
  },
}

describe.each(['ioredis', 'redis'] as const)(
  'on a cluster of three, with a client of %s, the Redis store',
  (name) => {
    let connection: Awaited<ReturnType<(typeof open)['redis']>>
    beforeAll(async () => {
      connection = await open[name]()
    })
    afterAll(() => connection.close())

    let cases = 0
    const newStore = async () => {
      let now = Date.UTC(2026, 0, 1)
      const options = { prefix: `${name}-${++cases}:`, now: () => now }
      const [a, b] = [redisStore(connection.client, options), redisStore(connection.client, options)]
      return {
        nodes: [a, b] as const,
        advance: async (ms: number) => {
          now += ms
        },
        close: async () => {
          await a.close()
          await b.close()
        },
      }
    }

    for (const { name: promise, run } of storeContract(newStore)) it(promise, run)

    it('tells a subscriber whose connection was cut how far its log is', async () => {
      const { nodes, close } = await newStore()
      const key = conversationKey('ann', 'demo')
      const changes: Change[] = []
      await nodes[0].subscribe(key, (change) => changes.push(change))
      isStored(await new Talk(nodes[0], key).send('t1'))
      await eventually('the change', () => changes.length > 0)
      changes.length = 0
      for (const port of cluster.ports) {
        const server = new Redis(port, '127.0.0.1')
        await server.call('CLIENT', ['KILL', 'TYPE', 'pubsub'])
        server.disconnect()
      }
      await eventually('the position', () => changes.some(({ position }) => position.end === 1))
      await close()
    })

    it('keeps many conversations, in all slots', async () => {
      const { nodes, close } = await newStore()
      const keys = Array.from({ length: 60 }, (_, n) => conversationKey(`ann ${n}`, 'demo'))
      await Promise.all(keys.map((key) => new Talk(nodes[0], key).send('t1')))
      expect(new Set(await nodes[1].due())).toEqual(new Set(keys))
      await close()
    })
  },
)
