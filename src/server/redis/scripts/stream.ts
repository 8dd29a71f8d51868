/**
 * Appends the most frequent step of a running answer in a third of the time of the append script: text that goes on, under the
 * same lease and run. Every other case, also a change of the master, is left to the append script, which answers as this
 * script would.
 *
 * KEYS: facts, events, answers. ARGV: 1 channel, 2 fence, 3 seq, 4 run, 5 time, 6 milliseconds to keep, 7 answer, then
 * parts and texts as `<part>:<text>`.
 */
export const streamScript = `#!lua
local KM, KL, KA = unpack(KEYS)
local m = redis.call('HMGET', KM, 'e', 'r', 'b', 'n', 'f', 'lf', 'ls', 'run', 'g', 'k', 't0', 'a', 'am', 'y', 'ey', 'w')
local e, r, b, n, f, lf, ls = m[1], m[2], tonumber(m[3] or '0'), tonumber(m[4] or '0'), m[5], m[6], tonumber(m[7] or '0')
local seq = tonumber(ARGV[3])
if not e or f ~= ARGV[2] or m[8] ~= ARGV[4] or (m[10] or '') ~= ARGV[6] or m[16] == '0' then return false end
if seq ~= (lf == f and ls + 1 or 1) then return false end
if redis.call('LLEN', KL) ~= n - b then return false end
if m[9] ~= string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') then return false end

local function S(number) return string.format('%.0f', number) end
local answer, number = m[13] or '', m[12] or '0'
if answer ~= ARGV[7] then
  answer = ARGV[7]
  number = S(tonumber(number) + 1)
  redis.call('HSET', KA, number, answer)
  redis.call('HSET', KM, 'a', number, 'am', answer)
end
local events, size = {}, 0
local head = number .. ':' .. S(tonumber(ARGV[5]) - tonumber(m[11])) .. ':'
for index = 8, #ARGV do
  local event = head .. ARGV[index]
  events[index - 7] = event
  size = size + #event
end
redis.call('RPUSH', KL, unpack(events))
local first, last = S(n + 1), S(n + #events)
redis.call('HSET', KM, 'n', last, 'lf', f, 'ls', ARGV[3], 'l1', first, 'l2', last, 'y', S(m[14] + size), 'ey', S(m[15] + size))
local told = size <= 16384 and events or {}
told[#told + 1] = ''
redis.call('PUBLISH', ARGV[1], cjson.encode({e, r, last, m[11], answer, told}))
return {'ok', e, r, last, first, last, '0'}
`
