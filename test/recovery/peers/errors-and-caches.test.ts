import { describe, expect } from 'vitest'
import { translateError } from '../../../src/errors/translate-error.js'
import { CheckpointerCache } from '../../../src/server/checkpointer-cache.js'
import { countedAbort } from '../support.js'
import { judge, type PeerCase } from './judge.js'

const networkTexts = [
  'network error',
  'Failed to fetch',
  'NetworkError when attempting to fetch resource.',
  'The Internet connection appears to be offline.',
  'The network connection was lost.',
  'Network request failed',
  'fetch failed',
  'terminated',
  'Load failed',
  'Failed to fetch (example.com)',
  'error sending request for url (https://example.com/): connection refused',
]

const isNetworkError: readonly PeerCase[] = [
  ...networkTexts.map((text) => ({
    title: `knows TypeError: ${text}`,
    check: () => expect(translateError(new TypeError(text)).code).toBe('network'),
  })),
  ...['x is not a function', 'Cannot read properties of undefined', 'Invalid URL', 'Failed to parse', ''].map(
    (text) => ({
      title: `takes TypeError: ${text || 'without a text'} for no failure of the network`,
      check: () => expect(translateError(new TypeError(text)).code).not.toBe('network'),
    }),
  ),
  ...[undefined, null, 'Failed to do', 7, {}, [], new Error('Failed to load user 7')].map((value, index) => ({
    title: `takes value ${index} for no failure of the network`,
    check: () => expect(translateError(value).code).toBe('unknown'),
  })),
]

const minute = 60_000

function cacheWithTime(options: { max?: number; ttl?: number } = {}) {
  let time = 0
  const cache = new CheckpointerCache<{ of: string }>({ ...options, clock: { now: () => time } })
  const pass = (ms: number) => {
    time += ms
  }
  return { cache, pass }
}

const lruCache: readonly PeerCase[] = [
  {
    title: 'gives back what it holds',
    check: async () => {
      const { cache } = cacheWithTime()
      const made = await cache.getOrCreate('a', () => ({ of: 'a' }))
      expect(cache.getOrCreate('a', () => ({ of: 'b' }))).toBe(made)
    },
  },
  {
    title: 'evicts the least recently used',
    check: async () => {
      const { cache } = cacheWithTime({ max: 2 })
      for (const key of ['a', 'b', 'a', 'c']) await cache.getOrCreate(key, () => ({ of: key }))
      expect(await cache.getOrCreate('b', () => ({ of: 'new' }))).toEqual({ of: 'new' })
      expect(cache.stats).toMatchObject({ size: 2, evictions: 2 })
    },
  },
  {
    title: 'expires what is older than its time to live',
    check: async () => {
      const { cache, pass } = cacheWithTime({ ttl: minute })
      await cache.getOrCreate('a', () => ({ of: 'a' }))
      pass(minute + 1)
      expect(await cache.getOrCreate('a', () => ({ of: 'b' }))).toEqual({ of: 'b' })
    },
  },
  {
    title: 'does not renew the time to live by reading',
    check: async () => {
      const { cache, pass } = cacheWithTime({ ttl: minute })
      await cache.getOrCreate('a', () => ({ of: 'a' }))
      pass(minute / 2)
      await cache.getOrCreate('a', () => ({ of: 'a' }))
      pass(minute / 2 + 1)
      expect(await cache.getOrCreate('a', () => ({ of: 'b' }))).toEqual({ of: 'b' })
    },
  },
  {
    title: 'has no bound with max 0',
    differs: 'Entries at most, from 1: a cache without a bound would hold a server’s whole memory.',
    check: () => expect(() => cacheWithTime({ max: 0 })).toThrow(RangeError),
  },
  {
    title: 'keeps for ever with ttl 0',
    differs: 'Milliseconds that an entry lives after it was made; 0: none is kept; `Infinity`: none expires.',
    check: async () => {
      const { cache } = cacheWithTime({ ttl: 0 })
      await cache.getOrCreate('a', () => ({ of: 'a' }))
      expect(cache.stats.size).toBe(0)
      const forEver = cacheWithTime({ ttl: Number.POSITIVE_INFINITY })
      await forEver.cache.getOrCreate('a', () => ({ of: 'a' }))
      forEver.pass(1e15)
      expect(forEver.cache.stats.size).toBe(1)
    },
  },
  ...[-1, 1.5, Number.NaN, '1'].map((max) => ({
    title: `refuses max ${max} (${typeof max})`,
    check: () => expect(() => cacheWithTime({ max: max as number })).toThrow(),
  })),
  {
    title: 'forgets what it is told to',
    check: async () => {
      const { cache } = cacheWithTime()
      await cache.getOrCreate('a', () => ({ of: 'a' }))
      cache.forget('a')
      expect(cache.stats.size).toBe(0)
    },
  },
]

const pMemoize: readonly PeerCase[] = [
  {
    title: 'makes a value once for all who ask at the same time',
    check: async () => {
      const { cache } = cacheWithTime()
      let made = 0
      const make = async () => ({ of: `${++made}` })
      const all = await Promise.all([1, 2, 3].map(() => cache.getOrCreate('a', make)))
      expect(all).toEqual([{ of: '1' }, { of: '1' }, { of: '1' }])
    },
  },
  {
    title: 'does not keep a failure',
    check: async () => {
      const { cache } = cacheWithTime()
      await expect(cache.getOrCreate('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
      expect(await cache.getOrCreate('a', () => ({ of: 'a' }))).toEqual({ of: 'a' })
    },
  },
  {
    title: 'keeps keys apart',
    check: async () => {
      const { cache } = cacheWithTime()
      await cache.getOrCreate('a', () => ({ of: 'a' }))
      expect(await cache.getOrCreate('b', () => ({ of: 'b' }))).toEqual({ of: 'b' })
    },
  },
  {
    title: 'lets one caller leave and serves the others, with one listener a signal',
    check: async () => {
      const { cache } = cacheWithTime()
      const { controller, signal, listeners } = countedAbort()
      let finish = (_value: { of: string }) => {}
      const make = () =>
        new Promise<{ of: string }>((resolve) => {
          finish = resolve
        })
      const leaving = Array.from({ length: 100 }, () =>
        Promise.resolve(cache.getOrCreate('a', make, { signal })).catch((reason) => reason),
      )
      const staying = cache.getOrCreate('a', make)
      expect(listeners.size).toBe(1)
      controller.abort('left')
      expect(new Set(await Promise.all(leaving))).toEqual(new Set(['left']))
      await null
      finish({ of: 'a' })
      expect(await staying).toEqual({ of: 'a' })
      expect(listeners.size).toBe(0)
    },
  },
]

describe('what peers promise of errors and caches', () => {
  judge('is-network-error', isNetworkError)
  judge('lru-cache', lruCache)
  judge('p-memoize', pMemoize)
})
