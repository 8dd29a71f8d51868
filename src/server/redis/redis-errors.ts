import { AppError } from '../../errors/app-error.js'
import type { RedisConnection } from './redis-connection.js'

/** Redis has taken nothing of a command that it answers so: its memory is full, or its disk. */
const FULL = ['OOM', 'MISCONF']

/** Whether the error is an answer of Redis that begins with the code. */
export const isReply = (error: unknown, code: string): boolean =>
  error instanceof Error && error.message.startsWith(code)

/** The connection, with the errors of a full Redis as the store's callers expect them; all others stay what they are. */
export const sayingFull = (redis: RedisConnection): RedisConnection => ({
  run: async (key, args) => {
    try {
      return await redis.run(key, args)
    } catch (cause) {
      if (!FULL.some((code) => isReply(cause, code))) throw cause
      throw new AppError({ code: 'overloaded', message: 'unable to store the step; Redis is full', cause })
    }
  },
  subscriber: (events) => redis.subscriber(events),
})
