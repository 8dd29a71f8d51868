import { LRUCache } from 'lru-cache'
import { expect, it } from 'vitest'
import { CheckpointerCache } from '../../src/server/checkpointer-cache.js'
import { seededRandom } from '../support/random.js'
import { compare, leastOf, microseconds, report, timePerCall } from './measure.js'

it('gives a hit as fast from 100,000 entries as from 1,000', async () => {
  const filled = async (entries: number) => {
    const cache = new CheckpointerCache<object>({ max: entries })
    const bare = new LRUCache<string, object>({ max: entries, ttl: 86_400_000 })
    for (let index = 0; index < entries; index++) {
      await cache.getOrCreate(`key ${index}`, () => ({}))
      bare.set(`key ${index}`, {})
    }
    return { cache, bare }
  }
  const small = await filled(1000)
  const large = await filled(100_000)
  const missing = () => {
    throw new Error('unable to measure a hit; the entry is not there')
  }
  const hit = (cache: CheckpointerCache<object>, keys: readonly string[]) =>
    leastOf(50, () =>
      timePerCall(2000, (index) => cache.getOrCreate(keys[index % keys.length] ?? '', missing)),
    )
  // So few that the processor's own caches hold them: what remains is the work, which must not grow with the entries.
  const few = keysUpTo(50)
  const [at1000, at100000] = await compare(
    () => hit(small.cache, few),
    () => hit(large.cache, few),
  )
  const all = shuffled(keysUpTo(100_000))
  const [bare, anyOf100000] = await compare(
    () => leastOf(50, () => timePerCall(2000, (index) => large.bare.get(few[index % few.length] ?? ''))),
    () => timePerCall(all.length, (index) => large.cache.getOrCreate(all[index] ?? '', missing)),
  )
  report('cache hit', {
    'at 1,000 entries': microseconds(at1000),
    'at 100,000': microseconds(at100000),
    ratio: (at100000 / at1000).toFixed(2),
    'any of 100,000, memory latency included': microseconds(anyOf100000),
    'lru-cache alone': microseconds(bare),
  })
  expect(at100000 / at1000).toBeLessThan(1.5)
  expect(at100000 / bare).toBeLessThan(5)
})

const keysUpTo = (count: number) => Array.from({ length: count }, (_, index) => `key ${index}`)

function shuffled(keys: readonly string[]): string[] {
  const random = seededRandom(1)
  return keys
    .map((key) => ({ key, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ key }) => key)
}
