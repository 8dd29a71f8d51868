import type { RedisConnection } from './redis-connection.js'

/** Asked on the server that has the key. Not by `CONFIG`, which many hosted servers refuse. */
const facts = `local info = redis.call('INFO', 'everything')
return {string.match(info, 'redis_version:(%d+)'), string.match(info, 'maxmemory:(%d+)'),
  string.match(info, 'maxmemory_policy:([%w-]+)')}`

const OLDEST = 7

/**
 * A server that drops keys when its memory is full would drop half of a conversation.
 *
 * @throws Error that says what to change.
 */
export async function requireSafeRedis(redis: RedisConnection, key: string): Promise<void> {
  const reply = await redis.run(key, ['EVAL', facts, '1', key])
  const [version, memory, policy] = (Array.isArray(reply) ? reply : []).map(String)
  if (Number(version) < OLDEST) {
    throw new Error(`unable to use Redis ${version}; expected ${OLDEST} or newer`)
  }
  if (memory !== '0' && policy !== 'noeviction') {
    throw new Error(
      `unable to use Redis with maxmemory-policy ${policy}; it could drop half of a conversation. Set it to noeviction`,
    )
  }
}
