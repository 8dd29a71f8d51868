import { LRUCache } from 'lru-cache'
import { expect, it } from 'vitest'
import { CheckpointerCache } from '../../examples/mock-server/checkpointer-cache.js'
import { seededRandom } from '../support/random.js'
import { compare, heapUsed, kilobytes, microseconds, report, slope, timePerCall } from './measure.js'

const checkpoint = (key: string) => ({ key, events: Array.from({ length: 20 }, (_, index) => index) })

it('holds its memory within its bound over 500,000 operations', async () => {
  const max = 1000
  const cache = new CheckpointerCache<ReturnType<typeof checkpoint>>({ max })
  const random = seededRandom(1)
  const operations = 500_000
  const step = 25_000
  const heap: number[] = []
  let largest = 0
  for (let done = 1; done <= operations; done++) {
    // Half of them ask for one of a few popular keys, the others for one that most likely was never asked for.
    const key =
      random() < 0.5 ? `popular ${Math.floor(random() * max)}` : `rare ${Math.floor(random() * 1e9)}`
    await cache.getOrCreate(key, () => checkpoint(key))
    largest = Math.max(largest, cache.stats.size)
    if (done % step === 0) heap.push(await heapUsed())
  }
  const { hits, misses, evictions } = cache.stats
  // The first samples show the code being compiled, not the cache.
  const growth = slope(heap.slice(4)) / step
  report('cache over 500,000 operations', {
    'heap slope': `${(growth * 1000).toFixed(1)} bytes per 1,000 operations`,
    heap: `${kilobytes(heap[4] ?? 0)} to ${kilobytes(heap.at(-1) ?? 0)}`,
    'hits, misses, evictions': `${hits}, ${misses}, ${evictions}`,
  })
  expect(largest).toBe(max)
  expect(hits + misses).toBe(operations)
  expect(evictions).toBe(misses - max)
  // An entry that was never let go would add over 300 bytes for every second operation.
  expect(growth).toBeLessThan(5)
})

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
  // The same 500 keys of both: what is measured is the cache's work, not the processor's own caches.
  const keys = Array.from({ length: 500 }, (_, index) => `key ${index}`)
  const missing = () => {
    throw new Error('unable to measure a hit; the entry is not there')
  }
  const hit = (cache: CheckpointerCache<object>) =>
    timePerCall(50_000, (index) => cache.getOrCreate(keys[index % keys.length] ?? '', missing))
  const bareHit = () => timePerCall(50_000, (index) => large.bare.get(keys[index % keys.length] ?? ''))

  const [at1000, at100000] = await compare(
    () => hit(small.cache),
    () => hit(large.cache),
    15,
  )
  const [bare] = await compare(bareHit, () => 0)
  report('cache hit', {
    'at 1,000 entries': microseconds(at1000),
    'at 100,000': microseconds(at100000),
    ratio: (at100000 / at1000).toFixed(2),
    'lru-cache alone': microseconds(bare),
  })
  expect(at100000 / at1000).toBeLessThan(1.5)
  expect(at100000 / bare).toBeLessThan(5)
})
