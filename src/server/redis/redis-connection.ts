import { checkObject } from '../../shared/check-option.js'

/** The methods of a Redis client that the store needs. */
export interface RedisConnection {
  /** Runs a command on the server that has the key. */
  run(key: string, args: readonly string[]): Promise<unknown>
  /** Opens a connection of its own for messages; what is asked of it waits until it is there. */
  subscriber(events: SubscriberEvents): RedisSubscriber
}

export interface SubscriberEvents {
  onMessage(channel: string, message: string): void
  /** The connection was lost and is there again, with its subscriptions. Messages may be missing. */
  onReconnect(): void
  onError(error: unknown): void
}

export interface RedisSubscriber {
  /** Resolves once it is in force. */
  subscribe(channel: string): Promise<void>
  unsubscribe(channel: string): Promise<void>
  close(): Promise<void>
}

type Method = (...args: never[]) => unknown

/** `Redis` and `Cluster` of `ioredis`, by what is called of them. */
export interface IoredisClient {
  call(command: string, args: string[]): Promise<unknown>
  duplicate: Method
}

/** A client of `redis`, by the methods that the store calls. */
export interface NodeRedisClient {
  sendCommand: Method
  duplicate: Method
}

export type RedisClient = IoredisClient | NodeRedisClient

/** @throws TypeError if the client is neither of `ioredis` nor of `redis`. */
export function connectionOf(client: RedisClient): RedisConnection {
  checkObject('client', client)
  if (hasMethods(client, 'call', 'duplicate')) return ioredisConnection(client as IoredisClient)
  if (hasMethods(client, 'sendCommand', 'duplicate')) return nodeRedisConnection(client as NodeRedisClient)
  throw new TypeError('unable to use client; expected a client of ioredis or of redis')
}

const hasMethods = (value: object, ...names: string[]) =>
  names.every((name) => typeof Reflect.get(value, name) === 'function')

interface IoredisSubscriber {
  on(event: 'message', listener: (channel: string, message: string) => void): void
  on(event: 'ready', listener: () => void): void
  on(event: 'error', listener: (error: unknown) => void): void
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  disconnect(): void
}

const ioredisConnection = (client: IoredisClient): RedisConnection => ({
  run: (_key, [command = '', ...args]) => client.call(command, args),
  subscriber: ({ onMessage, onReconnect, onError }) => {
    const subscriber = ioredisSubscriber(client)
    const channels = new Set<string>()
    let isFirst = true
    subscriber.on('error', onError)
    subscriber.on('message', onMessage)
    subscriber.on('ready', () => {
      if (!isFirst && channels.size > 0) subscriber.subscribe(...channels).then(onReconnect, onError)
      isFirst = false
    })
    return {
      subscribe: async (channel) => {
        channels.add(channel)
        await subscriber.subscribe(channel)
      },
      unsubscribe: async (channel) => {
        channels.delete(channel)
        await subscriber.unsubscribe(channel)
      },
      close: async () => subscriber.disconnect(),
    }
  },
})

/** Commands wait until the client is connected, and a lost connection is made again, whatever the app's own client is set to do. */
const waiting = {
  enableOfflineQueue: true,
  lazyConnect: false,
  retryStrategy: (times: number) => Math.min(50 * times, 2000),
}

interface IoredisNode {
  duplicate(options: object): IoredisSubscriber
}

function ioredisSubscriber(client: IoredisClient): IoredisSubscriber {
  const { isCluster } = client as { isCluster?: boolean }
  if (!isCluster) return (client as unknown as IoredisNode).duplicate(waiting)
  // A cluster's own subscriber tells nobody that it has lost its connection; that of one of its servers does.
  const servers = (client as unknown as { nodes(role: 'master'): IoredisNode[] }).nodes('master')
  const server = servers[Math.floor(Math.random() * servers.length)]
  return server ? server.duplicate(waiting) : (client.duplicate as () => IoredisSubscriber).call(client)
}

interface NodeRedisSubscriber {
  connect(): Promise<unknown>
  /** Of a cluster: `node-...`, for each of its servers. */
  on(
    event: 'ready' | 'error' | 'node-ready' | 'node-reconnecting' | 'node-disconnect',
    listener: (error?: unknown) => void,
  ): void
  subscribe(channel: string, listener: (message: string, channel: string) => void): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  /** Version 4 calls it `disconnect`. */
  destroy?(): void
  disconnect?(): Promise<void>
}

type SendToNode = (args: readonly string[]) => Promise<unknown>
type SendToCluster = (key: string, isReadonly: boolean, args: readonly string[]) => Promise<unknown>

const nodeRedisConnection = (client: NodeRedisClient): RedisConnection => ({
  run: (key, args) =>
    hasMethods(client, 'nodeClient')
      ? (client.sendCommand as SendToCluster).call(client, key, false, args)
      : (client.sendCommand as SendToNode).call(client, args),
  subscriber: ({ onMessage, onReconnect, onError }) => {
    const duplicate = client.duplicate as () => NodeRedisSubscriber
    const subscriber = duplicate.call(client)
    subscriber.on('error', onError)
    // A cluster says ready also of a server that it had no connection to before.
    let isLost = false
    const lost = () => {
      isLost = true
    }
    const connected = subscriber.connect().then(() => {
      // It subscribes again by itself before it says that it is ready.
      subscriber.on('ready', onReconnect)
      subscriber.on('node-reconnecting', lost)
      subscriber.on('node-disconnect', lost)
      subscriber.on('node-ready', () => {
        if (isLost) onReconnect()
        isLost = false
      })
    })
    connected.catch(() => {})
    const listener = (message: string, channel: string) => onMessage(channel, message)
    return {
      subscribe: async (channel) => {
        await connected
        await subscriber.subscribe(channel, listener)
      },
      unsubscribe: async (channel) => void (await subscriber.unsubscribe(channel)),
      close: async () => {
        if (subscriber.destroy) subscriber.destroy()
        else await subscriber.disconnect?.()
      },
    }
  },
})
