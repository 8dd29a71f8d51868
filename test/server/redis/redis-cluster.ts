import { Redis } from 'ioredis'
import { eventually } from '../store/contract/harness.js'
import { type RedisServer, startRedis } from './redis-server.js'

const SLOTS = 16_384

export interface RedisCluster {
  readonly ports: readonly number[]
  stop(): Promise<void>
}

/** Three masters. A cluster of one server accepts keys of foreign slots, so it would prove nothing. */
export async function startCluster(): Promise<RedisCluster> {
  const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000']
  const servers: RedisServer[] = await Promise.all([0, 1, 2].map(() => startRedis(...options)))
  const ports = servers.map(({ port }) => port)
  const clients = ports.map((port) => new Redis(port, '127.0.0.1'))
  for (const [n, client] of clients.entries()) {
    const from = Math.floor((n * SLOTS) / 3)
    const to = Math.floor(((n + 1) * SLOTS) / 3) - 1
    await client.call('CLUSTER', ['ADDSLOTSRANGE', `${from}`, `${to}`])
    for (const port of ports) await client.call('CLUSTER', ['MEET', '127.0.0.1', `${port}`])
  }
  for (const client of clients) {
    const info = async () => String(await client.call('CLUSTER', ['INFO']))
    await eventually('the cluster', async () =>
      /cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(await info()),
    )
  }
  for (const client of clients) client.disconnect()
  return {
    ports,
    stop: async () => {
      for (const server of servers) await server.stop()
    },
  }
}
