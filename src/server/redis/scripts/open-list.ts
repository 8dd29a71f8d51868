/**
 * The lists of open work live in other slots than their conversations, so they are hints: a conversation is listed before
 * its work is stored, and taken off only if it was not listed again since.
 */
const time = `#!lua flags=allow-oom
local now = ARGV[1]
if now == '' then
  local t = redis.call('TIME')
  now = string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000))
end
`

/** ARGV: 2 conversation. Says when it was listed. */
export const listScript = `${time}
redis.call('ZADD', KEYS[1], now, ARGV[2])
return now
`

/** ARGV: 2 conversation, 3 when it was listed, 4 how long ago that must be. */
export const unlistScript = `${time}
local score = redis.call('ZSCORE', KEYS[1], ARGV[2])
if score and tonumber(score) == tonumber(ARGV[3]) and tonumber(now) - tonumber(score) > tonumber(ARGV[4]) then
  return redis.call('ZREM', KEYS[1], ARGV[2])
end
return 0
`
