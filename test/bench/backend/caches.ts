import { LRUCache } from 'lru-cache'
import { CheckpointerCache } from '../../../src/server/checkpointer-cache.js'
import { leastOf, timePerCall } from '../../performance/measure.js'
import { SweptCache } from './swept-cache.js'

const ttl = 86_400_000
const keyOf = (index: number) => `key ${index}`

const missing = () => {
  throw new Error('unable to measure a hit; the entry is not there')
}

/** Microseconds of what each cache does when it holds so many entries. */
export interface CacheCosts {
  readonly entries: number
  readonly hit: { readonly ours: number; readonly swept: number; readonly lru: number }
  /** A miss in a full cache: one entry makes room. */
  readonly miss: { readonly ours: number; readonly swept: number }
}

/** Full caches of so many entries. @returns what measures them */
export async function fillCaches(entries: number) {
  const ours = new CheckpointerCache<object>({ max: entries, ttl })
  const swept = new SweptCache<object>({ max: entries, ttl })
  const lru = new LRUCache<string, object>({ max: entries, ttl })
  const factory = () => ({})
  for (let index = 0; index < entries; index++) {
    await ours.getOrCreate(keyOf(index), factory)
    lru.set(keyOf(index), {})
  }
  swept.fill(
    Array.from({ length: entries }, (_, index) => keyOf(index)),
    factory,
  )
  // So few that the processor's own caches hold them: what remains is the work.
  const few = Array.from({ length: 50 }, (_, index) => keyOf(index))
  const key = (index: number) => few[index % few.length] ?? ''
  let fresh = entries
  // One use of a swept cache is as long as thousands of the others.
  const sweeps = Math.max(3, Math.round(100_000 / entries))

  return async (): Promise<CacheCosts> => {
    const calls = 2000
    const begin = performance.now()
    for (let index = 0; index < calls; index++) await ours.getOrCreate(keyOf(fresh++), factory)
    const miss = ((performance.now() - begin) * 1000) / calls
    // They made room for new ones; asked for once, they are back.
    for (const each of few) await ours.getOrCreate(each, factory)
    return {
      entries,
      hit: {
        ours: leastOf(20, () => timePerCall(calls, (index) => ours.getOrCreate(key(index), missing))),
        lru: leastOf(20, () => timePerCall(calls, (index) => lru.get(key(index)))),
        swept: leastOf(3, () => timePerCall(sweeps, (index) => swept.getOrCreate(key(index), missing))),
      },
      miss: {
        ours: miss,
        swept: timePerCall(sweeps, () => swept.getOrCreate(keyOf(fresh++), factory)),
      },
    }
  }
}
