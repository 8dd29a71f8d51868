import { describe, expect } from 'vitest'
import { AppError } from '../../../src/errors/app-error.js'
import { backoff, defaultRetryConfig } from '../../../src/recovery/backoff.js'
import { settle } from '../../support/virtual-clock.js'
import { failing, held, setup, temporary, watch } from '../support.js'
import { judge, type PeerCase } from './judge.js'

const unbounded = { retryBudget: false } as const

/** Runs an operation that fails so often, to its end. */
async function run(times: number, options: object = {}, error: unknown = temporary()) {
  const { clock, manager } = setup(unbounded)
  const { attempts, operation } = failing(times, 'answer', error)
  const outcome = watch(manager.executeWithRetry('task', operation, options))
  await clock.advance(10_000_000)
  return { attempts, outcome }
}

const pRetry: readonly PeerCase[] = [
  {
    title: 'retries until the operation succeeds',
    check: async () => expect((await run(2)).outcome.value).toBe('answer'),
  },
  {
    title: 'gives up after the given number, with the last error',
    check: async () => {
      const error = temporary()
      const { attempts, outcome } = await run(99, { maxAttempts: 5 }, error)
      expect(attempts).toEqual([1, 2, 3, 4, 5])
      expect(outcome.error).toBe(error)
    },
  },
  {
    title: 'tries for ever if it is told so',
    check: async () => {
      const { attempts } = await run(200, { maxAttempts: Number.POSITIVE_INFINITY })
      expect(attempts.length).toBe(201)
    },
  },
  {
    title: 'runs once if no retry is allowed',
    check: async () => expect((await run(9, { maxAttempts: 1 })).attempts).toEqual([1]),
  },
  {
    title: 'stops at once at an abort error',
    check: async () => {
      const error = Object.assign(new Error('m'), { name: 'AbortError' })
      expect((await run(9, {}, error)).attempts).toEqual([1])
    },
  },
  {
    title: 'retries a TypeError of the network',
    check: async () =>
      expect((await run(2, {}, new TypeError('Failed to fetch'))).outcome.value).toBe('answer'),
  },
  {
    title: 'stops at a TypeError that is a bug',
    differs:
      'An error that is not recognised is retried: `unknown` is retryable, because a bug can depend on the moment.',
    check: async () =>
      expect((await run(2, {}, new TypeError('x is not a function'))).outcome.value).toBe('answer'),
  },
  {
    title: 'throws what the operation threw',
    differs: 'Rejects with an AppError and nothing else; what was thrown is its `cause`.',
    check: async () => {
      const thrown = new Error('m')
      const { outcome } = await run(9, { maxAttempts: 2 }, thrown)
      expect(outcome.error).toBeInstanceOf(AppError)
      expect(outcome.error).toMatchObject({ cause: thrown })
    },
  },
  {
    title: 'counts attempts from 1',
    check: async () => expect((await run(1)).attempts).toEqual([1, 2]),
  },
  {
    title: 'takes what is no Error',
    check: async () =>
      expect((await run(9, { maxAttempts: 1 }, 'text')).outcome.error).toBeInstanceOf(AppError),
  },
  {
    title: 'takes a synchronous throw',
    check: async () => {
      const { manager } = setup()
      const call = manager.executeWithRetry(
        'task',
        () => {
          throw temporary()
        },
        { maxAttempts: 1 },
      )
      await expect(call).rejects.toBeInstanceOf(AppError)
    },
  },
  {
    title: 'takes a synchronous result',
    check: async () => expect(await setup().manager.executeWithRetry('task', () => 7)).toBe(7),
  },
  {
    title: 'is aborted before it begins, and runs nothing',
    check: async () => {
      const { manager } = setup()
      const { attempts, operation } = failing(0, 1)
      const call = manager.executeWithRetry('task', operation, { signal: AbortSignal.abort('why') })
      await expect(call).rejects.toMatchObject({ code: 'cancelled', cause: 'why' })
      expect(attempts).toEqual([])
    },
  },
  {
    title: 'is aborted while it waits, and tries no more',
    check: async () => {
      const { clock, manager } = setup()
      const controller = new AbortController()
      const { attempts, operation } = failing(9, 1)
      const outcome = watch(manager.executeWithRetry('task', operation, { signal: controller.signal }))
      await settle()
      controller.abort()
      await clock.advance(60_000)
      expect(attempts).toEqual([1])
      expect(outcome.error).toMatchObject({ code: 'cancelled' })
      expect(clock.pending).toBe(0)
    },
  },
  {
    title: 'is aborted while an attempt runs',
    check: async () => {
      const { manager } = setup()
      const controller = new AbortController()
      const { operation, signals } = held()
      const outcome = watch(manager.executeWithRetry('task', operation, { signal: controller.signal }))
      controller.abort('why')
      await settle()
      expect(outcome.error).toMatchObject({ code: 'cancelled', cause: 'why' })
      expect(signals[0]?.aborted).toBe(true)
    },
  },
  {
    title: 'tells each failed attempt, with what waits',
    check: async () => {
      const told: number[] = []
      await run(2, { onRetry: (retry: number) => void told.push(retry) })
      expect(told).toEqual([1, 2])
    },
  },
  {
    title: 'ends if the callback throws',
    differs:
      'Runs an app’s callback so that its failure stays its own: it goes to `reportError`, and the task goes on.',
    check: async () => {
      const { outcome } = await run(2, {
        onRetry: () => {
          throw new Error('a bug of the app')
        },
      })
      expect(outcome.value).toBe('answer')
    },
  },
  ...[
    { maxAttempts: 0 },
    { maxAttempts: -1 },
    { maxAttempts: Number.NaN },
    { maxAttempts: 1.5 },
    { baseDelay: -1 },
    { baseDelay: Number.NaN },
    { maxDelay: -1 },
    { maxDelay: Number.NaN },
    { exponentialBase: 0 },
    { exponentialBase: Number.NaN },
  ].map((options) => ({
    title: `refuses ${JSON.stringify(options)} (${Object.values(options)})`,
    check: () => expect(() => setup({ retry: options })).toThrow(RangeError),
  })),
]

const none = { ...defaultRetryConfig, jitter: 'none' } as const
const draws = [0, 0.25, 0.5, 0.75, 0.999]

const exponentialBackoff: readonly PeerCase[] = [
  ...[1, 2, 3, 4].map((failure) => ({
    title: `waits twice as long after failure ${failure} as after the one before`,
    check: () => {
      const config = { ...none, maxDelay: 1e9 }
      expect(backoff(failure + 1, config, () => 0)).toBe(2 * backoff(failure, config, () => 0))
    },
  })),
  ...[1, 1.5, 3, 10].map((exponentialBase) => ({
    title: `multiplies by ${exponentialBase}`,
    check: () => {
      const config = { ...none, exponentialBase, maxDelay: 1e9 }
      expect(backoff(3, config, () => 0)).toBe(1000 * exponentialBase ** 2)
    },
  })),
  {
    title: 'never waits longer than the cap',
    check: () => expect(backoff(50, none, () => 0)).toBe(5000),
  },
  ...draws.map((draw) => ({
    title: `draws full jitter between nothing and the delay: ${draw}`,
    check: () => expect(backoff(2, defaultRetryConfig, () => draw)).toBe(2000 * draw),
  })),
  {
    title: 'jitters after the cap',
    differs:
      'The delay is clamped before it is jittered: the other way round, all clients that reached the cap would come back in the same instant.',
    check: () => expect(backoff(50, defaultRetryConfig, () => 0.5)).toBe(2500),
  },
  {
    title: 'can begin with a wait',
    check: async () => {
      const { clock, manager } = setup()
      const { attempts, operation } = failing(0, 1)
      watch(manager.executeWithRetry('task', operation, { failuresBefore: 1 }))
      await settle()
      expect(attempts).toEqual([])
      await clock.advance(500)
      expect(attempts).toEqual([1])
    },
  },
  {
    title: 'asks whether to go on after each failure',
    differs:
      'Whether a program may retry is said by the error: `retryable` and `retryAfterMs`, which `translate` can set.',
    check: async () => expect((await run(9, {}, temporary({ retryable: false }))).attempts).toEqual([1]),
  },
]

const ky: readonly PeerCase[] = [
  ...[408, 429, 502, 503, 504].map((status) => ({
    title: `retries ${status}`,
    check: async () => expect((await run(1, {}, { status })).outcome.value).toBe('answer'),
  })),
  ...[400, 401, 403, 404, 422].map((status) => ({
    title: `does not retry ${status}`,
    check: async () => expect((await run(1, {}, { status })).attempts).toEqual([1]),
  })),
  {
    title: 'retries 500',
    differs:
      'A 500 is a bug of the server: `internal` is not retried, because the same request would most likely fail again.',
    check: async () => expect((await run(1, {}, { status: 500 })).attempts).toEqual([1]),
  },
  {
    title: 'retries 413',
    differs: 'A message that is too large stays too large: `message_too_large` asks the person to edit it.',
    check: async () => expect((await run(1, {}, { status: 413 })).attempts).toEqual([1]),
  },
  ...(['2', 2] as const).map((value) => ({
    title: `waits as Retry-After says: ${typeof value} of seconds`,
    check: async () => {
      const { clock, manager } = setup()
      const error = { status: 429, headers: { 'retry-after': String(value) } }
      const { attempts, operation } = failing(9, 1, error)
      watch(manager.executeWithRetry('task', operation))
      await clock.advance(1999)
      expect(attempts).toEqual([1])
      await clock.advance(1500)
      expect(attempts).toEqual([1, 2])
    },
  })),
  {
    title: 'waits as a Retry-After date says, by the manager’s own clock',
    check: async () => {
      const { clock, manager, start } = setup()
      const date = new Date(Math.ceil(start / 1000) * 1000 + 7000).toUTCString()
      const { attempts, operation } = failing(9, 1, { status: 503, headers: { 'retry-after': date } })
      watch(manager.executeWithRetry('task', operation))
      await clock.advance(6999)
      expect(attempts).toEqual([1])
      await clock.advance(3000)
      expect(attempts.slice(0, 2)).toEqual([1, 2])
    },
  },
  {
    title: 'bounds the advice by a longest wait',
    differs: 'Milliseconds that no delay exceeds, unless the server advises a longer one.',
    check: async () => {
      const { clock, manager } = setup()
      const { attempts, operation } = failing(9, 1, { status: 503, headers: { 'retry-after': '60' } })
      watch(manager.executeWithRetry('task', operation))
      await clock.advance(59_999)
      expect(attempts).toEqual([1])
    },
  },
]

const cockatiel: readonly PeerCase[] = [
  {
    title: 'shares one running call among all who ask for it',
    check: async () => {
      const { manager } = setup()
      const { operation, settlers } = held<number>()
      const calls = [1, 2, 3].map(() => manager.executeWithRetry('task', operation))
      settlers[0]?.resolve(7)
      expect(await Promise.all(calls)).toEqual([7, 7, 7])
      expect(settlers.length).toBe(1)
    },
  },
  {
    title: 'gives each attempt a signal of its own',
    check: async () => {
      const { clock, manager } = setup()
      const signals = new Set<AbortSignal>()
      watch(
        manager.executeWithRetry('task', ({ signal }) => {
          signals.add(signal)
          throw temporary()
        }),
      )
      await clock.advance(60_000)
      expect(signals.size).toBe(3)
    },
  },
  {
    title: 'leaves no timer after its end',
    check: async () => {
      const { clock, manager } = setup()
      watch(manager.executeWithRetry('task', failing(9, 1).operation))
      await clock.advance(60_000)
      expect(clock.pending).toBe(0)
    },
  },
  {
    title: 'lets a listener that throws harm nobody',
    check: async () => {
      const { manager } = setup()
      let told = 0
      manager.subscribe(() => {
        throw new Error('a bug of the app')
      })
      manager.subscribe(() => {
        told++
      })
      watch(manager.executeWithRetry('task', failing(9, 1).operation))
      await settle()
      expect(told).toBe(1)
    },
  },
  {
    title: 'opens a circuit after many failures',
    differs:
      'Bounds the sum of automatic retries over all tasks: a budget lets first attempts through and refuses retries.',
    check: async () => {
      const { clock, manager } = setup({ retryBudget: { capacity: 0, refill: 0 } })
      const { attempts, operation } = failing(9, 1)
      watch(manager.executeWithRetry('task', operation))
      await clock.advance(60_000)
      expect(attempts).toEqual([1])
    },
  },
]

describe('what peers promise of retrying', () => {
  judge('p-retry', pRetry)
  judge('exponential-backoff', exponentialBackoff)
  judge('ky', ky)
  judge('cockatiel', cockatiel)
})
