import { createServer } from 'node:http'
import { Redis } from 'ioredis'
import { ChatServer, type LimitOptions, type Respond, redisStore } from 'reconvene/server'
import { Server } from 'socket.io'
import { listen } from '../mock-server/listen.js'
import { DemoTokens } from '../mock-server/tokens.js'

export interface NodeSettings {
  /** The name for people. */
  readonly name: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly redisUrl: string
  /** The prefix of all names in Redis. */
  readonly prefix: string
  readonly leaseMs: number
  /** Milliseconds between words of the answers. */
  readonly paceMs: number
}

export interface ServingNode {
  readonly port: number
  /** Lets running answers finish within `drainMs` milliseconds, and ends the rest as interrupted. */
  close(options: { readonly drainMs: number }): Promise<void>
}

// Without a token everyone is the same guest, and a demonstration of failures asks often.
const limits: LimitOptions = {
  requestsPerSecond: 1000,
  requestBurst: 2000,
  sendsPerMinute: 100_000,
  connectionsPerUser: 10_000,
  runsPerUser: 1000,
}

/** One node of several: a chat server on the Redis that all share. @throws if the port or Redis can't be had. */
export async function serveNode(settings: NodeSettings, respond: Respond): Promise<ServingNode> {
  const { port, redisUrl, prefix, leaseMs } = settings
  const redis = new Redis(redisUrl, {
    // A request that a node makes while Redis restarts is answered once Redis is back.
    maxRetriesPerRequest: null,
    retryStrategy: (tries) => Math.min(tries * 50, 500),
  })
  // The client tries again by itself, and says the same each time.
  redis.on('error', () => {})
  const http = createServer((request, response) => {
    response.writeHead(request.url === '/health' ? 200 : 404).end()
  })
  const tokens = new DemoTokens()
  const io = new Server(http, {
    serveClient: false,
    transports: ['websocket'],
    pingInterval: 5000,
    pingTimeout: 4000,
  })
  const chat = new ChatServer({
    store: redisStore(redis, { prefix }),
    respond,
    leaseMs,
    limits,
    authenticate: ({ token }) => ({ id: tokens.userOf(token) }),
  })
  await chat.attach(io)
  const address = await listen(http, port, '127.0.0.1')
  return {
    port: address.port,
    close: async (options) => {
      await chat.close(options)
      await io.close()
      redis.disconnect()
    },
  }
}
