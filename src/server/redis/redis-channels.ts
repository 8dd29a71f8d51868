import type { Clock, TimerId } from '../../shared/clock.js'
import type { Logger } from '../../shared/logger.js'
import { ListenersByKey } from '../store/listeners-by-key.js'
import type { Unsubscribe } from '../store/store.js'
import type { RedisConnection, RedisSubscriber } from './redis-connection.js'

export interface RedisChannelsOptions {
  readonly redis: RedisConnection
  /** A channel of this node's own, by which it hears whether its connection still brings anything. */
  readonly ownChannel: string
  readonly logger: Logger
  readonly clock: Clock
  /** Messages may have been missed on these channels. */
  readonly onReconnect: (channels: readonly string[]) => void
}

/** A connection on which nothing comes back for this long is replaced: its peer may be gone without a word. */
export const BEAT_MS = 5_000

/** The channels that this node listens to, over one connection of its own. */
export class RedisChannels {
  readonly #options: RedisChannelsOptions
  readonly #listeners = new ListenersByKey<string, string>()
  /** Settled once the subscription is in force. */
  readonly #subscribed = new Map<string, Promise<void>>()
  #subscriber: Promise<RedisSubscriber> | undefined
  #beat: TimerId | undefined
  #isHeard = true
  #isClosed = false

  constructor(options: RedisChannelsOptions) {
    this.#options = options
  }

  async add(channel: string, listener: (message: string) => void): Promise<Unsubscribe> {
    if (this.#isClosed) throw new Error('unable to subscribe; the store is closed')
    // First, so that no message falls between the subscription and the listener.
    const remove = this.#listeners.add(channel, listener)
    const undo = async () => {
      if (remove()) await this.#leave(channel)
    }
    try {
      await this.#join(channel)
    } catch (error) {
      await undo()
      throw error
    }
    return undo
  }

  has(channel: string): boolean {
    return this.#listeners.has(channel)
  }

  tell(channel: string, message: string) {
    this.#listeners.tell(channel, message)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#options.clock.clearTimeout(this.#beat)
    this.#listeners.clear()
    this.#subscribed.clear()
    const subscriber = await this.#subscriber?.catch(() => undefined)
    await subscriber?.close()
  }

  #join(channel: string): Promise<void> {
    const known = this.#subscribed.get(channel)
    if (known) return known
    const joined = this.#connected().then((subscriber) => subscriber.subscribe(channel))
    this.#subscribed.set(channel, joined)
    joined.catch(() => {
      if (this.#subscribed.get(channel) === joined) this.#subscribed.delete(channel)
    })
    return joined
  }

  async #leave(channel: string): Promise<void> {
    if (this.#isClosed || !this.#subscribed.delete(channel)) return
    const subscriber = await this.#connected()
    // A new listener may have come meanwhile.
    if (!this.#listeners.has(channel)) await subscriber.unsubscribe(channel)
  }

  #connected(): Promise<RedisSubscriber> {
    if (this.#subscriber) return this.#subscriber
    const subscriber = this.#connect()
    this.#subscriber = subscriber
    subscriber.catch(() => {
      if (this.#subscriber === subscriber) this.#subscriber = undefined
    })
    return subscriber
  }

  async #connect(): Promise<RedisSubscriber> {
    const { redis, ownChannel, clock, onReconnect } = this.#options
    const subscriber = await redis.subscriber({
      onMessage: (channel, message) => {
        this.#isHeard = true
        this.#listeners.tell(channel, message)
      },
      onReconnect: () => onReconnect(this.#listeners.keys),
      onError: (error) => this.#warn('Redis subscription failed', error),
    })
    await subscriber.subscribe(ownChannel)
    this.#isHeard = true
    clock.clearTimeout(this.#beat)
    this.#beat = this.#isClosed ? undefined : clock.setTimeout(() => void this.#check(), BEAT_MS)
    return subscriber
  }

  /** Sends a message to itself. If Redis took the last one and it did not come back, the connection is replaced. */
  async #check() {
    const { redis, ownChannel, clock } = this.#options
    if (this.#isClosed) return
    try {
      if (!this.#isHeard) return await this.#replace()
      this.#isHeard = false
      await redis.run(ownChannel, ['PUBLISH', ownChannel, ''])
    } catch (error) {
      // A message that was not sent can't come back.
      this.#isHeard = true
      this.#warn('Redis could not be reached', error)
    }
    if (!this.#isClosed) this.#beat = clock.setTimeout(() => void this.#check(), BEAT_MS)
  }

  async #replace() {
    const { logger, onReconnect } = this.#options
    logger.warn('Redis subscription replaced; nothing came back')
    const old = await this.#subscriber?.catch(() => undefined)
    this.#subscriber = undefined
    await old?.close()
    const subscriber = await this.#connected()
    await Promise.all(this.#listeners.keys.map((channel) => subscriber.subscribe(channel)))
    onReconnect(this.#listeners.keys)
  }

  #warn(event: string, error: unknown) {
    this.#options.logger.warn(event, { error: error instanceof Error ? error.name : 'unknown' })
  }
}
