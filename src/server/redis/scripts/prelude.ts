/**
 * The beginning of every script. A conversation's keys share a hash tag, so one script has them all:
 *
 * - `m` facts: `e`poch, `r`ev, `b`ase, e`n`d, `f`ence, `o`wner of the lease, lease `u`ntil, given for `ut`; its last step `lf`
 *   (fence), `ls` (seq), `l1`, `l2` (offsets); `run`; `g`eneration; `w` open tasks that a node has work for; `k` milliseconds
 *   to keep, `x` when to forget; `t0` time that events count from; `j` whether the next fence jumps; `c` when the epoch was
 *   named; `y` bytes, `ey` those of events; `a` number of the newest answer, `am` which one; `od` number of the newest task
 * - `l` events, a list; `t` open tasks, `i` their inputs, `d` closed tasks; `z` tombstones by time; `s` messages, `o` their
 *   order; `a` answers by number
 *
 * ARGV[1] is the time if a test gives one, ARGV[2] a new epoch, ARGV[3] the channel.
 */
export const prelude = (flags: string): string => `#!lua${flags}
local KM, KL, KT, KI, KD, KZ, KS, KO, KA = unpack(KEYS)

-- Lua writes large numbers with an exponent.
local function S(n) return string.format('%.0f', n) end

local NOW
if ARGV[1] ~= '' then
  NOW = tonumber(ARGV[1])
else
  local t = redis.call('TIME')
  NOW = t[1] * 1000 + math.floor(t[2] / 1000)
end

local FIELDS = {'e','r','b','n','f','o','u','ut','lf','ls','l1','l2','run','g','w','k','x','t0','j','c','y','ey','a','am','od'}
local NUMBERS = {r=1,b=1,n=1,f=1,u=1,ut=1,lf=1,ls=1,l1=1,l2=1,w=1,c=1,y=1,ey=1,a=1,od=1}
local M = {}

local function load()
  local values = redis.call('HMGET', KM, unpack(FIELDS))
  for index, name in ipairs(FIELDS) do
    local value = values[index]
    if NUMBERS[name] then M[name] = tonumber(value or '0') else M[name] = value or '' end
  end
end

local function generation()
  return string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
end

-- A conversation that does not exist keeps the epoch that it was named for ten minutes.
local function begin()
  if M.e ~= '' and M.r == 0 and NOW - M.c <= 600000 then return end
  redis.call('DEL', unpack(KEYS))
  redis.call('HSET', KM, 'e', ARGV[2], 'c', S(NOW))
  redis.call('PEXPIRE', KM, 660000)
  load()
end

-- Redis lost acknowledged writes, or may have: another server has become the master, or the list does not fit.
local function rotate(g, length)
  M.e = ARGV[2]
  M.r = M.r + 1
  M.n = M.b + length
  redis.call('HSET', KM, 'e', M.e, 'r', S(M.r), 'n', S(M.n), 'g', g, 'j', '1')
  M.g = g
  M.j = '1'
  redis.call('PUBLISH', ARGV[3], cjson.encode({M.e, S(M.r), S(M.n), '', '', {''}}))
end

local function open()
  load()
  if M.r > 0 and M.x ~= '' and M.w == 0 and NOW >= tonumber(M.x) then
    redis.call('DEL', unpack(KEYS))
    load()
  end
  if M.r == 0 then return begin() end
  local g = generation()
  local length = redis.call('LLEN', KL)
  if M.g ~= g or length ~= M.n - M.b then rotate(g, length) end
end

-- If the clock of Redis was set back, or another server has become the master, a lease may end later than it can have been given for.
local function holder()
  if M.u <= NOW or M.ut > 0 and M.u - NOW > M.ut then return '' end
  return M.o
end

local function position() return M.e, S(M.r), S(M.n) end

-- In the same script as what made it necessary, because deleting the last element of a list deletes its expiry.
local function touch()
  if M.x == '' then return end
  for _, key in ipairs(KEYS) do
    if M.w > 0 then redis.call('PERSIST', key) else redis.call('PEXPIRE', key, M.k) end
  end
end

open()
`
