export type { IoredisClient, NodeRedisClient, RedisClient } from './redis-connection.js'
export { type RedisStoreOptions, redisStore } from './redis-store.js'
