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

/** A connection for messages. */
interface Line {
  readonly subscriber: RedisSubscriber
  /** The channels that were asked for, and whether Redis has confirmed each. */
  readonly channels: Map<string, boolean>
  /** Settled once this node hears itself. */
  readonly opened: Promise<void>
}

/** The channels that this node listens to, over one connection of its own. */
export class RedisChannels {
  readonly #options: RedisChannelsOptions
  readonly #listeners = new ListenersByKey<string, string>()
  /** The last change of each channel that is under way. */
  readonly #turns = new Map<string, Promise<void>>()
  #line: Line | undefined
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
      if (remove()) await this.#adjust(channel)
    }
    try {
      await this.#adjust(channel)
    } catch (error) {
      await undo().catch(() => {})
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
    if (this.#line) await this.#end(this.#line)
  }

  /**
   * Subscribes to a channel that has a listener, leaves one that has none. One change of a channel after the other: a client
   * that is asked for a subscription while it still undoes the last one may end with none.
   */
  #adjust(channel: string): Promise<void> {
    const last = this.#turns.get(channel)
    const change = () => this.#change(channel)
    const turn = last ? last.then(change, change) : change()
    this.#turns.set(channel, turn)
    const settled = () => {
      if (this.#turns.get(channel) === turn) this.#turns.delete(channel)
    }
    turn.then(settled, settled)
    return turn
  }

  async #change(channel: string): Promise<void> {
    const isWanted = this.#listeners.has(channel)
    // A connection that is not there has no subscriptions.
    if (this.#isClosed || !(isWanted || this.#line?.channels.has(channel))) return
    const { subscriber, channels, opened } = this.#open()
    await opened
    if (!isWanted) {
      channels.delete(channel)
      await subscriber.unsubscribe(channel)
    } else if (!channels.get(channel)) {
      // Redis may have subscribed it although the client says that it failed: it is left then.
      channels.set(channel, false)
      await subscriber.subscribe(channel)
      channels.set(channel, true)
    }
  }

  #open(): Line {
    if (this.#line) return this.#line
    const { redis, ownChannel, clock, onReconnect } = this.#options
    const subscriber = redis.subscriber({
      onMessage: (channel, message) => {
        this.#isHeard = true
        this.#listeners.tell(channel, message)
      },
      onReconnect: () => onReconnect(this.#listeners.keys),
      onError: (error) => this.#warn('Redis subscription failed', error),
    })
    const opened = subscriber.subscribe(ownChannel).then(() => {
      this.#isHeard = true
      clock.clearTimeout(this.#beat)
      this.#beat = this.#isClosed ? undefined : clock.setTimeout(() => void this.#check(), BEAT_MS)
    })
    const line = { subscriber, channels: new Map(), opened }
    this.#line = line
    opened.catch(() => this.#end(line))
    return line
  }

  /** Its client would go on to connect, and to tell what it hears. */
  async #end(line: Line): Promise<void> {
    if (this.#line === line) this.#line = undefined
    await line.subscriber.close().catch(() => {})
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
    if (this.#line) await this.#end(this.#line)
    await this.#open().opened
    await Promise.all(this.#listeners.keys.map((channel) => this.#adjust(channel)))
    onReconnect(this.#listeners.keys)
  }

  #warn(event: string, error: unknown) {
    this.#options.logger.warn(event, { error: error instanceof Error ? error.name : 'unknown' })
  }
}
