import { prelude } from './prelude.js'

const flags = ' flags=allow-oom'

/**
 * After acknowledged writes were lost, the fence that a node has may be higher than the one that is stored: the next one
 * leaves room for all that can have been given.
 */
const FENCE_JUMP = 2 ** 20

/**
 * ARGV: 4 node, 5 milliseconds. A conversation's first fence is the time: if Redis was emptied, the same task may run in the
 * conversation that has come in the place of the old one, and the old run must not have the new one's fence.
 */
export const leaseScript = `${prelude(flags)}
if M.o ~= ARGV[4] and holder() ~= '' then return false end
M.f = M.f == 0 and NOW or M.f + (M.j == '1' and ${FENCE_JUMP} or 1)
redis.call('HSET', KM, 'f', S(M.f), 'o', ARGV[4], 'u', S(NOW + tonumber(ARGV[5])), 'ut', ARGV[5], 'j', '')
return {S(M.f), position()}
`

/** ARGV: 4 fence, 5 milliseconds. */
export const renewScript = `${prelude(flags)}
if S(M.f) ~= ARGV[4] or M.o == '' then return false end
redis.call('HSET', KM, 'u', S(NOW + tonumber(ARGV[5])), 'ut', ARGV[5])
return {position()}
`

/** ARGV: 4 fence. */
export const releaseScript = `${prelude(flags)}
if S(M.f) == ARGV[4] then redis.call('HSET', KM, 'o', '', 'u', '0') end
return 1
`
