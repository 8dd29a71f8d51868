import { createHash } from 'node:crypto'
import { AppError } from '../../errors/app-error.js'
import type { RedisConnection } from './redis-connection.js'

const shaOf = (script: string) => createHash('sha1').update(script).digest('hex')

/** A script that Redis may or may not have. */
export class RedisScript {
  readonly #source: string
  readonly #sha: string

  constructor(source: string) {
    this.#source = source
    this.#sha = shaOf(source)
  }

  /** @throws AppError `overloaded` if Redis is full; otherwise what the client throws. */
  async run(redis: RedisConnection, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const [key = ''] = keys
    const rest = [`${keys.length}`, ...keys, ...args]
    try {
      return await redis.run(key, ['EVALSHA', this.#sha, ...rest])
    } catch (error) {
      // Redis forgets scripts if it is restarted, or if another server becomes the master.
      if (!isReply(error, 'NOSCRIPT')) throw translated(error)
    }
    try {
      return await redis.run(key, ['EVAL', this.#source, ...rest])
    } catch (error) {
      throw translated(error)
    }
  }
}

const isReply = (error: unknown, code: string) => error instanceof Error && error.message.startsWith(code)

const translated = (cause: unknown) =>
  isReply(cause, 'OOM')
    ? new AppError({ code: 'overloaded', message: 'unable to store the step; Redis is full', cause })
    : cause
