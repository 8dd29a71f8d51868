import { prelude } from './prelude.js'

/**
 * ARGV: 4 epoch, 5 base, 6 offset, 7 messages to keep in their order, 8 number of ids, the ids, then for each changed
 * message its id and its JSON. Frees memory, so a full Redis allows it.
 */
export const compactScript = `${prelude(' flags=allow-oom')}
local base, offset, keep, count = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local function answered(result) return {result, S(M.b), position()} end
if M.r == 0 or M.e ~= ARGV[4] or M.b ~= base or offset <= base or offset > M.n then return answered('conflict') end

local length = redis.call('LLEN', KO)
if keep > length then return answered('bad') end
local removed, fallen = {}, {}
if keep < length then fallen = redis.call('LRANGE', KO, S(keep), -1) end
for _, id in ipairs(fallen) do removed[id] = true end
local changed, added, ids = {}, {}, {}
for n = 9 + count, #ARGV, 2 do changed[ARGV[n]] = ARGV[n + 1] end
for n = 9, 8 + count do
  local id = ARGV[n]
  if added[id] or not (changed[id] or removed[id]) then return answered('bad') end
  added[id] = true
  ids[#ids + 1] = id
end
-- A message that stays where it is has its place already.
for _, id in ipairs(ids) do
  if not removed[id] and redis.call('HEXISTS', KS, id) == 1 then return answered('bad') end
end

for id in pairs(removed) do
  if not added[id] then
    M.y = M.y - redis.call('HSTRLEN', KS, id)
    redis.call('HDEL', KS, id)
  end
end
for id, json in pairs(changed) do
  if added[id] or redis.call('HEXISTS', KS, id) == 1 then
    M.y = M.y + #json - redis.call('HSTRLEN', KS, id)
    redis.call('HSET', KS, id, json)
  end
end
if keep == 0 then redis.call('DEL', KO) elseif keep < length then redis.call('LTRIM', KO, 0, S(keep - 1)) end
for from = 1, #ids, 1000 do
  redis.call('RPUSH', KO, unpack(ids, from, math.min(from + 999, #ids)))
end

local folded = 0
if offset == M.n then
  folded = M.ey
  redis.call('DEL', KL)
  -- No delta is left that says its answer by a number.
  redis.call('DEL', KA)
  M.am = ''
else
  for _, event in ipairs(redis.call('LRANGE', KL, 0, S(offset - M.b - 1))) do folded = folded + #event end
  redis.call('LTRIM', KL, S(offset - M.b), -1)
end
M.b = offset
M.y = M.y - folded
M.ey = M.ey - folded
redis.call('HSET', KM, 'b', S(M.b), 'y', S(M.y), 'ey', S(M.ey), 'am', M.am)
touch()
return answered('ok')
`
