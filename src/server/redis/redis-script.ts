import { createHash } from 'node:crypto'
import type { RedisConnection } from './redis-connection.js'
import { isReply } from './redis-errors.js'

const shaOf = (script: string) => createHash('sha1').update(script).digest('hex')

/** A script that Redis may or may not have. */
export class RedisScript {
  readonly #source: string
  readonly #sha: string

  constructor(source: string) {
    this.#source = source
    this.#sha = shaOf(source)
  }

  /** @throws what the connection throws. */
  async run(redis: RedisConnection, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const [key = ''] = keys
    const rest = [`${keys.length}`, ...keys, ...args]
    try {
      return await redis.run(key, ['EVALSHA', this.#sha, ...rest])
    } catch (error) {
      // Redis forgets scripts if it is restarted, or if another server becomes the master.
      if (!isReply(error, 'NOSCRIPT')) throw error
    }
    return redis.run(key, ['EVAL', this.#source, ...rest])
  }
}
