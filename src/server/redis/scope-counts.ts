import type { ConversationKey } from '../store/conversation-key.js'
import type { RedisConnection } from './redis-connection.js'
import type { RedisKeys } from './redis-keys.js'

/** How many conversations a scope has: a sorted set in a slot of its own, by the time at which each is forgotten. */
export class RedisScopeCounts {
  readonly #redis: RedisConnection
  readonly #keys: RedisKeys
  readonly #wallClock: () => number

  /** @param wallClock good enough for a count that is approximate. */
  constructor(redis: RedisConnection, keys: RedisKeys, wallClock: () => number) {
    this.#redis = redis
    this.#keys = keys
    this.#wallClock = wallClock
  }

  async add(key: ConversationKey, keepMs: number | undefined): Promise<void> {
    const scope = this.#keys.scopeOf(key)
    const now = this.#wallClock()
    const until = keepMs === undefined ? '+inf' : `${Math.ceil(now + keepMs)}`
    await this.#redis.run(scope, ['ZREMRANGEBYSCORE', scope, '-inf', `${now}`])
    await this.#redis.run(scope, ['ZADD', scope, until, this.#keys.memberOf(key)])
  }

  async countOf(key: ConversationKey): Promise<number> {
    const scope = this.#keys.scopeOf(key)
    return Number(await this.#redis.run(scope, ['ZCOUNT', scope, `${this.#wallClock()}`, '+inf']))
  }
}
