import { prelude } from './prelude.js'

/** A read may have to rotate the epoch first, which a full Redis must not prevent. */
const flags = ' flags=allow-oom'

/** Values of a hash, some at a time: all of them would not fit on Lua's stack. */
const manyValues = `
local function values(key, fields)
  local all = {}
  for from = 1, #fields, 1000 do
    local some = redis.call('HMGET', key, unpack(fields, from, math.min(from + 999, #fields)))
    for _, value in ipairs(some) do all[#all + 1] = value or '' end
  end
  return all
end

local function tail(from)
  return {redis.call('LRANGE', KL, S(from - M.b), -1), redis.call('HGETALL', KA), redis.call('HGETALL', KT),
    redis.call('HGETALL', KI)}
end

local function facts()
  return {M.e, S(M.r), S(M.n), S(M.b), M.t0, M.run, holder(), S(M.y), S(redis.call('ZCARD', KZ))}
end
`

/** ARGV: 4 epoch of the reader, 5 its end, 6 how many messages (empty for all), then tasks to look up. */
export const readScript = `${prelude(flags)}${manyValues}
local stored, ends = ARGV[4], tonumber(ARGV[5])
local continues = stored == M.e and ends and M.b <= ends and ends <= M.n
local order, messages, older = {}, {}, 0
if not continues then
  local length = redis.call('LLEN', KO)
  local max = ARGV[6] == '' and length or tonumber(ARGV[6])
  older = math.max(0, length - max)
  if older < length then order = redis.call('LRANGE', KO, S(older), -1) end
  messages = values(KS, order)
end
local known = {}
for n = 7, #ARGV do
  local open, closed = redis.call('HGET', KT, ARGV[n]), redis.call('HGET', KD, ARGV[n])
  known[#known + 1] = open or ''
  known[#known + 1] = closed or ''
  known[#known + 1] = redis.call('HGET', KI, ARGV[n]) or '{}'
end
return {facts(), tail(continues and ends or M.b), continues and 1 or 0, messages, S(older), known}
`

/** ARGV: 4 id of the message, 5 how many before it. */
export const historyScript = `${prelude(flags)}${manyValues}
local at = redis.call('LPOS', KO, ARGV[4])
if not at then return false end
local older = math.max(0, at - tonumber(ARGV[5]))
local order = {}
if older < at then order = redis.call('LRANGE', KO, S(older), S(at - 1)) end
return {facts(), tail(M.b), values(KS, order), S(older)}
`

/** Whether a node has something to do, and whether the lease is free; then the position. */
export const positionScript = `${prelude(flags)}
return {M.r > 0 and M.w > 0 and 1 or 0, holder() == '' and 1 or 0, position()}
`
