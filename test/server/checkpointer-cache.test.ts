import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CheckpointerCache } from '../../src/server/checkpointer-cache.js'
import { conversationKey } from '../../src/server/store/index.js'
import { VirtualClock } from '../support/virtual-clock.js'

interface Entry {
  readonly of: string
}

const hour = 60 * 60 * 1000

describe('CheckpointerCache', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, '5', null])(
    'refuses a bound of %s, by its name',
    (max) => {
      const make = () => new CheckpointerCache({ max: max as never })
      expect(make).toThrow('unable to use max; expected a whole number from 1 to 4294967295')
    },
  )

  it('keeps what a clock that was set back has made until its time has passed', async () => {
    let now = 100
    const cache = new CheckpointerCache<Entry>({ ttl: 10, clock: { now: () => now } })
    await cache.getOrCreate('a', () => ({ of: 'first' }))
    now = 50
    expect(await cache.getOrCreate('a', () => ({ of: 'second' }))).toEqual({ of: 'first' })
    now = 200
    expect(await cache.getOrCreate('a', () => ({ of: 'third' }))).toEqual({ of: 'third' })
  })

  it('listens once to a signal, however many callers give it', async () => {
    const { signal } = new AbortController()
    const heard = new Set<unknown>()
    const listen = signal.addEventListener.bind(signal)
    signal.addEventListener = (type: string, listener: never) => {
      heard.add(listener)
      listen(type, listener)
    }
    const cache = new CheckpointerCache<Entry>()
    const make = async () => ({ of: 'all' })
    await Promise.all(Array.from({ length: 200 }, () => cache.getOrCreate('key', make, { signal })))
    expect(heard.size).toBe(1)
  })

  it('makes an entry once and gives the same one from then on', async () => {
    const cache = new CheckpointerCache<Entry>()
    const made = { of: 'a' }
    expect(await cache.getOrCreate('a', () => made)).toBe(made)
    expect(await cache.getOrCreate('a', () => ({ of: 'another' }))).toBe(made)
    expect(cache.stats).toEqual({ hits: 1, misses: 1, evictions: 0, size: 1 })
  })

  it('takes a factory that answers at once and one that answers with a promise', async () => {
    const cache = new CheckpointerCache<Entry>()
    expect(await cache.getOrCreate('now', () => ({ of: 'now' }))).toEqual({ of: 'now' })
    expect(await cache.getOrCreate('later', async () => ({ of: 'later' }))).toEqual({ of: 'later' })
  })

  it('drops the least recently used entry, not the one that was used least often', async () => {
    const cache = new CheckpointerCache<Entry>({ max: 2 })
    await cache.getOrCreate('often', () => ({ of: 'often' }))
    for (let i = 0; i < 10; i += 1) await cache.getOrCreate('often', () => ({ of: 'never' }))
    await cache.getOrCreate('recent', () => ({ of: 'recent' }))
    await cache.getOrCreate('new', () => ({ of: 'new' }))
    expect(cache.stats).toMatchObject({ evictions: 1, size: 2 })
    expect(await cache.getOrCreate('recent', () => ({ of: 'rebuilt' }))).toEqual({ of: 'recent' })
    expect(await cache.getOrCreate('often', () => ({ of: 'rebuilt' }))).toEqual({ of: 'rebuilt' })
  })

  it('makes an entry anew once 24 hours have passed, however often it was used', async () => {
    const clock = new VirtualClock()
    const cache = new CheckpointerCache<Entry>({ clock })
    await cache.getOrCreate('a', () => ({ of: 'first' }))
    clock.jump(24 * hour - 1)
    expect(await cache.getOrCreate('a', () => ({ of: 'second' }))).toEqual({ of: 'first' })
    clock.jump(2)
    expect(await cache.getOrCreate('a', () => ({ of: 'second' }))).toEqual({ of: 'second' })
  })

  it('gives a failed factory’s error to all who wait, keeps nothing, and tries again for the next', async () => {
    const cache = new CheckpointerCache<Entry>()
    const failure = new Error('no database')
    let calls = 0
    const fail = async (): Promise<Entry> => {
      calls += 1
      throw failure
    }
    const waiting = [cache.getOrCreate('a', fail), cache.getOrCreate('a', fail), cache.getOrCreate('a', fail)]
    const results = await Promise.allSettled(waiting)
    expect(results.map((result) => result.status === 'rejected' && result.reason === failure)).toEqual([
      true,
      true,
      true,
    ])
    expect(calls).toBe(1)
    expect(cache.stats.size).toBe(0)
    expect(await cache.getOrCreate('a', () => ({ of: 'a' }))).toEqual({ of: 'a' })
  })

  it('fails the caller alone whose signal aborts', async () => {
    const cache = new CheckpointerCache<Entry>()
    let finish: (entry: Entry) => void = () => {}
    const slow = () => new Promise<Entry>((resolve) => (finish = resolve))
    const impatient = new AbortController()
    const first = cache.getOrCreate('a', slow, { signal: impatient.signal })
    const second = cache.getOrCreate('a', slow)
    await Promise.resolve()
    impatient.abort(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    finish({ of: 'a' })
    expect(await second).toEqual({ of: 'a' })
    expect(cache.stats.size).toBe(1)
  })

  it('keeps nothing of what was being made when it was forgotten, and makes it anew for the next', async () => {
    const cache = new CheckpointerCache<Entry>()
    let finish: (entry: Entry) => void = () => {}
    const old = cache.getOrCreate('a', () => new Promise<Entry>((resolve) => (finish = resolve)))
    await Promise.resolve()
    cache.forget('a')
    const next = cache.getOrCreate('a', () => ({ of: 'after' }))
    finish({ of: 'before' })
    expect([await old, await next]).toEqual([{ of: 'before' }, { of: 'after' }])
    expect(await cache.getOrCreate('a', () => ({ of: 'never' }))).toEqual({ of: 'after' })
  })

  it('refuses a caller whose signal is aborted already, and still makes the entry', async () => {
    const cache = new CheckpointerCache<Entry>()
    const aborted = AbortSignal.abort(new Error('gone'))
    await expect(cache.getOrCreate('a', () => ({ of: 'a' }), { signal: aborted })).rejects.toThrow('gone')
    expect(await cache.getOrCreate('a', () => ({ of: 'b' }))).toEqual({ of: 'a' })
  })

  it('serves 2,000 callers at once with one factory call for each of 20 keys', async () => {
    const cache = new CheckpointerCache<Entry>()
    let calls = 0
    const asked = Array.from({ length: 2000 }, (_, index) => {
      const key = `key ${index % 20}`
      return cache.getOrCreate(key, async () => {
        calls += 1
        await Promise.resolve()
        return { of: key }
      })
    })
    const entries = await Promise.all(asked)
    expect(calls).toBe(20)
    expect(entries.every(({ of }, index) => of === `key ${index % 20}`)).toBe(true)
  })

  it('holds over 10,000 interleavings: one factory a key at a time, size within its bound, no one else’s entry', async () => {
    // Users and conversations that any joining with a separator would confuse.
    const name = fc.constantFrom(
      '',
      'a',
      'b',
      ':',
      'a:',
      ':b',
      'a:b',
      '"',
      '","',
      'a","b',
      '\\',
      '[',
      '\u0000',
      '\ud800',
    )
    const action = fc.oneof(
      fc.record({ kind: fc.constant('ask' as const), user: name, id: name, aborts: fc.boolean() }),
      fc.record({ kind: fc.constant('settle' as const), at: fc.nat(), fails: fc.boolean() }),
      fc.record({ kind: fc.constant('wait' as const), hours: fc.integer({ min: 0, max: 30 }) }),
    )
    const interleaving = fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.array(action, { minLength: 1, maxLength: 25 }),
    )
    await fc.assert(
      fc.asyncProperty(interleaving, async ([max, actions]) => {
        const clock = new VirtualClock()
        const cache = new CheckpointerCache<Entry>({ max, clock })
        const open: { key: string; settle: (fails: boolean) => void }[] = []
        const running = new Set<string>()
        const outcomes: Promise<unknown>[] = []
        for (const step of actions) {
          if (step.kind === 'wait') clock.jump(step.hours * hour)
          if (step.kind === 'settle' && open.length > 0) {
            open.splice(step.at % open.length, 1)[0]?.settle(step.fails)
          }
          if (step.kind === 'ask') {
            const owner = JSON.stringify({ user: step.user, id: step.id })
            const key = conversationKey(step.user, step.id)
            const controller = new AbortController()
            const factory = () => {
              expect(running.has(key)).toBe(false)
              running.add(key)
              return new Promise<Entry>((resolve, reject) => {
                const settle = (fails: boolean) => {
                  running.delete(key)
                  if (fails) reject(new Error('planned'))
                  else resolve({ of: owner })
                }
                open.push({ key, settle })
              })
            }
            const asked = Promise.resolve(cache.getOrCreate(key, factory, { signal: controller.signal }))
            outcomes.push(
              asked.then(
                (entry) => expect(entry.of).toBe(owner),
                (error: Error) => expect(['planned', 'gone']).toContain(error.message),
              ),
            )
            if (step.aborts) controller.abort(new Error('gone'))
          }
          for (let turn = 0; turn < 3; turn += 1) await null
          expect(cache.stats.size).toBeLessThanOrEqual(max)
        }
        for (const { settle } of open) settle(false)
        await Promise.all(outcomes)
      }),
      { numRuns: 10_000 },
    )
  }, 60_000)
})
