import type { ConversationKey } from '../store/conversation-key.js'
import type { Reply } from './read-replies.js'
import type { RedisConnection } from './redis-connection.js'
import type { RedisKeys } from './redis-keys.js'
import { RedisScript } from './redis-script.js'
import { requireSafeRedis } from './require-safe-redis.js'
import { appendScript } from './scripts/append.js'
import { compactScript } from './scripts/compact.js'
import { leaseScript, releaseScript, renewScript } from './scripts/lease.js'
import { historyScript, positionScript, readScript } from './scripts/read.js'
import { streamScript } from './scripts/stream.js'

const scripts = {
  append: new RedisScript(appendScript),
  read: new RedisScript(readScript),
  history: new RedisScript(historyScript),
  position: new RedisScript(positionScript),
  lease: new RedisScript(leaseScript),
  renew: new RedisScript(renewScript),
  release: new RedisScript(releaseScript),
  compact: new RedisScript(compactScript),
}

const stream = new RedisScript(streamScript)

/** Runs the scripts of a conversation on its keys. Before the first one Redis is asked whether it is safe to use. */
export class ConversationScripts {
  readonly #redis: RedisConnection
  readonly #keys: RedisKeys
  readonly #now: () => string
  readonly #createId: () => string
  #checked: Promise<void> | undefined

  /** @param now the time in the place of Redis' own; empty for that. */
  constructor(redis: RedisConnection, keys: RedisKeys, now: () => string, createId: () => string) {
    this.#redis = redis
    this.#keys = keys
    this.#now = now
    this.#createId = createId
  }

  async run(script: keyof typeof scripts, key: ConversationKey, args: readonly string[]): Promise<Reply> {
    const keys = this.#keys.ofConversation(key)
    await this.#safe(keys[0] ?? '')
    const common = [this.#now(), this.#createId(), this.#keys.channelOf(key)]
    return (await scripts[script].run(this.#redis, keys, [...common, ...args])) as Reply
  }

  /** The short script for text that goes on. Null if the step needs the long one. */
  async stream(key: ConversationKey, args: readonly string[]): Promise<Reply> {
    const [facts = '', events = '', , , , , , , answers = ''] = this.#keys.ofConversation(key)
    await this.#safe(facts)
    const channel = this.#keys.channelOf(key)
    return (await stream.run(this.#redis, [facts, events, answers], [channel, ...args])) as Reply
  }

  #safe(key: string): Promise<void> {
    this.#checked ??= requireSafeRedis(this.#redis, key).catch((error) => {
      this.#checked = undefined
      throw error
    })
    return this.#checked
  }
}
