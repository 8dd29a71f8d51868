import { expect, it } from 'vitest'
import { withTimeout } from '../../src/shared/with-timeout.js'
import { VirtualClock } from '../support/virtual-clock.js'

const late = () => new Error('late')

/** Work that ends when the test says so, and the signal that it was handed. */
function openWork() {
  let signal: AbortSignal | undefined
  let finish = (_result: string) => {}
  const work = (given: AbortSignal) => {
    signal = given
    return new Promise<string>((resolve) => {
      finish = resolve
    })
  }
  return { work, finish: (result: string) => finish(result), isAborted: () => signal?.aborted }
}

it('work that is done in time never hears of an abort', async () => {
  const clock = new VirtualClock()
  const caller = new AbortController()
  const { work, finish, isAborted } = openWork()
  const result = withTimeout(work, { ms: 1000, clock, signal: caller.signal }, late)
  finish('done')
  expect(await result).toBe('done')
  await clock.advance(5000)
  caller.abort()
  expect(isAborted()).toBe(false)
  expect(clock.pending).toBe(0)
})

it('work that is late is aborted', async () => {
  const clock = new VirtualClock()
  const { work, isAborted } = openWork()
  const result = withTimeout(work, { ms: 1000, clock }, late).catch((error: Error) => error.message)
  await clock.advance(1000)
  expect(await result).toBe('late')
  expect(isAborted()).toBe(true)
})

it('work that its caller gives up is aborted, and leaves no timer', async () => {
  const clock = new VirtualClock()
  const caller = new AbortController()
  const { work, isAborted } = openWork()
  const result = withTimeout(work, { ms: 1000, clock, signal: caller.signal }, late).catch((reason) => reason)
  caller.abort('enough')
  expect(await result).toBe('enough')
  expect(isAborted()).toBe(true)
  expect(clock.pending).toBe(0)
})
