import type { Logger } from '../../shared/logger.js'
import { ListenersByKey } from '../store/listeners-by-key.js'
import type { Unsubscribe } from '../store/store.js'
import type { RedisConnection, RedisSubscriber } from './redis-connection.js'

/** The channels that this node listens to, over one connection of its own. */
export class RedisChannels {
  readonly #redis: RedisConnection
  readonly #logger: Logger
  readonly #onReconnect: (channels: readonly string[]) => void
  readonly #listeners = new ListenersByKey<string, string>()
  /** Settled once the subscription is in force. */
  readonly #subscribed = new Map<string, Promise<void>>()
  #subscriber: Promise<RedisSubscriber> | undefined
  #isClosed = false

  constructor(redis: RedisConnection, logger: Logger, onReconnect: (channels: readonly string[]) => void) {
    this.#redis = redis
    this.#logger = logger
    this.#onReconnect = onReconnect
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

  tell(channel: string, message: string) {
    this.#listeners.tell(channel, message)
  }

  async close(): Promise<void> {
    this.#isClosed = true
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
    // Somebody may have come meanwhile.
    if (!this.#listeners.has(channel)) await subscriber.unsubscribe(channel)
  }

  #connected(): Promise<RedisSubscriber> {
    this.#subscriber ??= this.#redis
      .subscriber({
        onMessage: (channel, message) => this.#listeners.tell(channel, message),
        onReconnect: () => this.#onReconnect(this.#listeners.keys),
        onError: (error) => {
          this.#logger.warn('Redis subscription failed', {
            error: error instanceof Error ? error.name : 'unknown',
          })
        },
      })
      .catch((error) => {
        this.#subscriber = undefined
        throw error
      })
    return this.#subscriber
  }
}
