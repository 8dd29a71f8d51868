import { Redis } from 'ioredis'
import { createClient } from 'redis'
import type { RedisClient } from '../../../src/server/redis/redis-connection.js'

export interface OpenClient {
  readonly client: RedisClient
  /** Any command, as a person would give it. */
  command(...args: string[]): Promise<unknown>
  close(): void
}

export type OpenRedisClient = (port: number) => Promise<OpenClient>

export const clients: Readonly<Record<'ioredis' | 'redis', OpenRedisClient>> = {
  ioredis: async (port) => {
    const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 20 })
    client.on('error', () => {})
    return {
      client,
      command: (command, ...args) => client.call(command, args),
      close: () => client.disconnect(),
    }
  },
  redis: async (port) => {
    const client = createClient({ socket: { port, host: '127.0.0.1', reconnectStrategy: () => 20 } })
    client.on('error', () => {})
    await client.connect()
    return {
      client,
      command: (...args) => client.sendCommand(args),
      close: () => client.destroy(),
    }
  },
}
