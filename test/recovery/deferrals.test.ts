import { describe, expect, it } from 'vitest'
import type { AppErrorOptions } from '../../src/errors/app-error.js'
import { isBusyRefusal } from '../../src/recovery/retry-task.js'
import { settle } from '../support/virtual-clock.js'
import { failing, setup, temporary, watch } from './support.js'

const busy = (options: Partial<AppErrorOptions> = {}) =>
  temporary({ code: 'rate_limited', retryAfterMs: 2000, ...options })

describe('a deferral', () => {
  it('costs neither an attempt nor the retry budget', async () => {
    const { clock, manager } = setup({ retryBudget: { capacity: 0 } })
    const { attempts, operation } = failing(50, 'answer', busy())
    const outcome = watch(
      manager.executeWithRetry('task', operation, { maxAttempts: 1, isDeferral: isBusyRefusal }),
    )
    await clock.advance(1_000_000)
    expect(outcome.value).toBe('answer')
    expect(attempts).toEqual(Array.from({ length: 51 }, () => 1))
  })

  it('lets 100 queued messages through a service that admits one a second', async () => {
    const { clock, manager } = setup({ random: Math.random })
    let admittedAt = Number.NEGATIVE_INFINITY
    const operation = () => {
      if (clock.now() - admittedAt < 1000) throw busy({ retryAfterMs: 1000 })
      admittedAt = clock.now()
      return 'sent'
    }
    const outcomes = Array.from({ length: 100 }, (_, index) =>
      watch(manager.executeWithRetry(`message ${index}`, operation, { isDeferral: isBusyRefusal })),
    )
    for (let round = 0; round < 3000 && outcomes.some(({ value }) => value === undefined); round++) {
      await clock.advance(1000)
    }
    expect(outcomes.map(({ value }) => value)).toEqual(outcomes.map(() => 'sent'))
  })

  it('waits longer each time, so that a refusal with a tiny advice starts no storm', async () => {
    const { clock, manager } = setup()
    const { attempts, operation } = failing(1e9, 1, busy({ retryAfterMs: 1 }))
    watch(manager.executeWithRetry('task', operation, { isDeferral: isBusyRefusal }))
    await clock.advance(60_000)
    expect(attempts.length).toBeLessThan(30)
  })

  it('is announced like any wait, and counts the waits, not the attempts', async () => {
    const { clock, manager } = setup()
    const told: (readonly [number, number])[] = []
    watch(
      manager.executeWithRetry('task', failing(2, 1, busy()).operation, {
        isDeferral: isBusyRefusal,
        onRetry: (retry, task) => void told.push([retry, task.attempt]),
      }),
    )
    await settle()
    expect(manager.retryQueue.get('task')).toMatchObject({ attempt: 1, maxAttempts: 3 })
    await clock.advance(60_000)
    expect(told).toEqual([
      [1, 1],
      [2, 1],
    ])
  })

  it('is over if the predicate says so: the attempts count from then on', async () => {
    const { clock, manager, start } = setup()
    const { attempts, operation } = failing(1e9, 1, busy())
    const isDeferral = () => clock.now() < start + 10_000
    const outcome = watch(manager.executeWithRetry('task', operation, { isDeferral }))
    await clock.advance(600_000)
    expect(attempts.slice(-3)).toEqual([1, 2, 3])
    expect(outcome.error).toMatchObject({ code: 'rate_limited' })
  })

  it('never follows a failure that forbids a retry', async () => {
    const { clock, manager } = setup()
    for (const error of [busy({ retryable: false }), busy({ retryAfterMs: -1 })]) {
      const { attempts, operation } = failing(1e9, 1, error)
      watch(manager.executeWithRetry('task', operation, { isDeferral: () => true }))
      await clock.advance(600_000)
      expect(attempts).toEqual([1])
    }
  })

  it('is none if the predicate throws', async () => {
    const { clock, manager } = setup()
    const { attempts, operation } = failing(1e9, 1, busy())
    const isDeferral = () => {
      throw new Error('a bug of the app')
    }
    watch(manager.executeWithRetry('task', operation, { isDeferral }))
    await clock.advance(600_000)
    expect(attempts).toEqual([1, 2, 3])
  })

  it('is refused at the door if it is no function', async () => {
    const { manager } = setup()
    const call = manager.executeWithRetry('task', () => 1, { isDeferral: true as never })
    await expect(call).rejects.toMatchObject({
      category: 'validation',
      message: 'unable to use options.isDeferral; expected a function, got boolean',
    })
  })
})

describe('isBusyRefusal', () => {
  it.each([
    [busy(), true],
    [busy({ code: 'overloaded' }), true],
    [busy({ retryAfterMs: undefined }), false],
    [busy({ retryAfterMs: 0 }), false],
    [busy({ retryAfterMs: -1 }), false],
    [busy({ code: 'network' }), false],
  ])('judges by code and advice: %o', (error, expected) => {
    expect(isBusyRefusal(error)).toBe(expected)
  })
})
