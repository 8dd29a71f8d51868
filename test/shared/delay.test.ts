import { afterEach, describe, expect, it, vi } from 'vitest'
import { delay } from '../../src/shared/delay.js'
import { countedAbort, watch } from '../recovery/support.js'
import { settle, VirtualClock } from '../support/virtual-clock.js'

afterEach(() => {
  vi.useRealTimers()
})

describe('delay', () => {
  it('is over after its time, and leaves nothing behind', async () => {
    const clock = new VirtualClock()
    const { signal, listeners } = countedAbort()
    const wait = watch(delay(1000, { clock, signal }))
    await clock.advance(999)
    expect(wait.settled).toBe(0)
    await clock.advance(1)
    expect(wait).toEqual({ settled: 1, value: undefined })
    expect([clock.pending, listeners.size]).toEqual([0, 0])
  })

  it('ends at once when it is aborted, with the reason, and leaves no timer behind', async () => {
    const clock = new VirtualClock()
    const { controller, signal } = countedAbort()
    const wait = watch(delay(1000, { clock, signal }))
    const reason = new Error('enough')
    controller.abort(reason)
    await settle()
    expect(wait).toEqual({ settled: 1, error: reason })
    expect(clock.pending).toBe(0)
  })

  it('does not begin under a signal that is aborted already', async () => {
    const clock = new VirtualClock()
    const { controller, signal, listeners } = countedAbort()
    controller.abort('enough')
    await expect(delay(1000, { clock, signal })).rejects.toBe('enough')
    expect([clock.pending, listeners.size]).toEqual([0, 0])
  })

  it('is not over at once where it is longer than a timer can be', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const controller = new AbortController()
    const wait = watch(delay(2 ** 40, { signal: controller.signal }))
    await vi.advanceTimersByTimeAsync(2 ** 31 - 2)
    expect(wait.settled).toBe(0)
    controller.abort('enough')
    await settle()
    expect(wait).toEqual({ settled: 1, error: 'enough' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('lasts as long as it was asked to, though a timer can not', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const month = 30 * 86_400_000
    const wait = watch(delay(month))
    await vi.advanceTimersByTimeAsync(month - 1)
    expect(wait.settled).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(wait.settled).toBe(1)
  })

  it('of that length ends by an abort in its second half, too', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const controller = new AbortController()
    const wait = watch(delay(2 ** 32, { signal: controller.signal }))
    await vi.advanceTimersByTimeAsync(2 ** 31)
    controller.abort('enough')
    await settle()
    expect(wait).toEqual({ settled: 1, error: 'enough' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('runs on the system clock where none is given', async () => {
    await expect(delay(0)).resolves.toBeUndefined()
  })
})
