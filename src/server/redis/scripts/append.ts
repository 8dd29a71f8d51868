import { TOMBSTONE_MS } from '../../store/store.js'
import { prelude } from './prelude.js'

/** A step that opens work must have been put on the list of open work shortly before. */
export const LISTING_MS = 30_000
/** A change that is larger than this is told by its position alone. */
const PUBLISHED_BYTES = 16_384
/** A script can't give more arguments to one command than fit on Lua's stack. */
const ARGUMENTS_AT_ONCE = 1_000

/**
 * ARGV: 4 kind, 5 expected epoch, 6 expected rev, 7 fence, 8 seq, 9 run, 10 new run (`-` for none, empty for no change),
 * 11 whether it decides, 12 time, 13 milliseconds to keep, 14 accepted task, 15 digest, 16 kept input, 17 time of the
 * listing, 18 answer of the deltas, 19 number of tasks; then for each task its id, whether it is open, whether it is work,
 * and its JSON; then the events: `+` and part and text, or `j` and JSON.
 */
export const appendScript = `${prelude('')}
local kind, fence, seq = ARGV[4], tonumber(ARGV[7]), tonumber(ARGV[8])
local at, accepted, digest, kept = tonumber(ARGV[12]), ARGV[14], ARGV[15], ARGV[16]

local function answered(result, ...) return {result, M.e, S(M.r), S(M.n), ...} end

if kind == 'accept' then
  local task = redis.call('HGET', KT, accepted)
  if task then return answered('known', 'open', task, redis.call('HGET', KI, accepted) or '{}') end
  task = redis.call('HGET', KD, accepted)
  if task then return answered('known', 'closed', task, '{}') end
end
if fence then
  if fence == M.lf and seq == M.ls then return answered('ok', S(M.l1), S(M.l2), '1') end
  if fence ~= M.f then return answered(fence < M.f and 'fenced' or 'lost') end
  local following = M.lf == fence and M.ls + 1 or 1
  if seq ~= following then return answered(seq < following and 'fenced' or 'lost') end
end
if kind == 'run' then
  if M.run ~= ARGV[9] then return answered('fenced') end
elseif M.e ~= ARGV[5] or S(M.r) ~= ARGV[6] then
  return answered('conflict')
end

local TASKS = 20
local count = tonumber(ARGV[19])
for n = 0, count - 1 do
  local id, isOpen = ARGV[TASKS + n * 4], ARGV[TASKS + n * 4 + 1]
  if isOpen == '1' and redis.call('HEXISTS', KD, id) == 1 then return answered('closed') end
end
if ARGV[17] ~= '' and NOW - tonumber(ARGV[17]) > ${LISTING_MS} then return answered('unlisted') end

if M.r == 0 then
  redis.call('PERSIST', KM)
  M.g = generation()
  M.t0 = S(at)
end

local events, size = {}, 0
local since = S(at - tonumber(M.t0))
for n = TASKS + count * 4, #ARGV do
  local event = ARGV[n]
  if string.sub(event, 1, 1) == '+' then
    if M.am ~= ARGV[18] then
      M.a = M.a + 1
      M.am = ARGV[18]
      redis.call('HSET', KA, S(M.a), M.am)
    end
    event = S(M.a) .. ':' .. since .. ':' .. string.sub(event, 2)
  else
    event = 'j' .. since .. ':' .. string.sub(event, 2)
  end
  events[#events + 1] = event
  size = size + #event
end
for from = 1, #events, ${ARGUMENTS_AT_ONCE} do
  redis.call('RPUSH', KL, unpack(events, from, math.min(from + ${ARGUMENTS_AT_ONCE - 1}, #events)))
end
local first = M.n + 1
M.n = M.n + #events
M.ey = M.ey + size
M.y = M.y + size

for n = 0, count - 1 do
  local from = TASKS + n * 4
  local id, isOpen, isWork, json = ARGV[from], ARGV[from + 1], ARGV[from + 2], ARGV[from + 3]
  local before = redis.call('HGET', KT, id)
  local wasWork, number, storedAt, oldDigest = '0', nil, nil, ''
  if before then
    wasWork, number, storedAt, oldDigest = string.match(before, '^(%d)|(%d+)|(%d+)|([^|]*)|')
    M.y = M.y - #before
  else
    local closed = redis.call('HGET', KD, id)
    if closed then storedAt, oldDigest = string.match(closed, '^(%d+)|([^|]*)|') end
  end
  M.w = M.w + tonumber(isWork) - tonumber(wasWork)
  local isNew = storedAt == nil
  storedAt = storedAt or S(M.n)
  local ownDigest = id == accepted and digest or oldDigest
  local record
  if isOpen == '1' then
    if not number then
      M.od = M.od + 1
      number = S(M.od)
    end
    record = isWork .. '|' .. number .. '|' .. storedAt .. '|' .. ownDigest .. '|' .. json
    redis.call('HSET', KT, id, record)
    if id == accepted and kept ~= '' then
      redis.call('HSET', KI, id, kept)
      M.y = M.y + #kept
    end
  else
    record = storedAt .. '|' .. ownDigest .. '|' .. json
    M.y = M.y - redis.call('HSTRLEN', KI, id)
    redis.call('HDEL', KT, id)
    redis.call('HDEL', KI, id)
    redis.call('HSET', KD, id, record)
    if isNew and ownDigest == '' then
      local old = redis.call('ZRANGE', KZ, '-inf', S(at - ${TOMBSTONE_MS}), 'BYSCORE', 'LIMIT', 0, ${ARGUMENTS_AT_ONCE})
      if #old > 0 then
        redis.call('HDEL', KD, unpack(old))
        redis.call('ZREM', KZ, unpack(old))
      end
      redis.call('ZADD', KZ, S(at), id)
    end
  end
  M.y = M.y + #record
end

if ARGV[10] ~= '' then M.run = ARGV[10] == '-' and '' or ARGV[10] end
if ARGV[11] == '1' then M.r = M.r + 1 end
if fence then M.lf, M.ls, M.l1, M.l2 = fence, seq, first, M.n end
local keep = ARGV[13]
if keep == '' and M.x ~= '' then
  for _, key in ipairs(KEYS) do redis.call('PERSIST', key) end
end
M.k = keep
M.x = keep == '' and '' or S(NOW + tonumber(keep))
redis.call('HSET', KM, 'r', S(M.r), 'n', S(M.n), 'lf', S(M.lf), 'ls', S(M.ls), 'l1', S(M.l1), 'l2', S(M.l2),
  'run', M.run, 'g', M.g, 'w', S(M.w), 'k', M.k, 'x', M.x, 't0', M.t0, 'y', S(M.y), 'ey', S(M.ey), 'a', S(M.a),
  'am', M.am, 'od', S(M.od))
touch()

local told = size <= ${PUBLISHED_BYTES} and events or {}
-- An empty table would be an object.
told[#told + 1] = ''
redis.call('PUBLISH', ARGV[3], cjson.encode({M.e, S(M.r), S(M.n), M.t0, M.am, told}))
return answered('ok', S(first), S(M.n), '0')
`
