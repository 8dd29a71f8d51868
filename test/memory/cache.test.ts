import { expect, it } from 'vitest'
import { CheckpointerCache } from '../../src/server/checkpointer-cache.js'
import { heapUsed, kilobytes, report, slope } from '../performance/measure.js'
import { seededRandom } from '../support/random.js'

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
