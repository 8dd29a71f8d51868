import { expect, it } from 'vitest'
import { ResponderTimeoutError, readAnswer } from '../../src/server/engine/read-answer.js'
import { settle, VirtualClock } from '../support/virtual-clock.js'
import { saying } from '../support/wire-client.js'
import { coreUnderTest } from './core-under-test.js'

it('an iterator whose return throws costs no answer that has come to its end', async () => {
  let chunks = 0
  const respond = () => ({
    [Symbol.asyncIterator]: () => ({
      next: async () =>
        chunks++ === 0 ? { done: false as const, value: 'hi' } : { done: true as const, value: undefined },
      return: () => {
        throw new Error('already closed')
      },
    }),
  })
  const test = await coreUnderTest({ respond })
  await test.send('t1', saying('m1', 'hi'))
  expect(test.summary()).toEqual(['message t1', 'start t1', 'delta t1', 'finish t1'])
})

it('a clock that was set back does not hide that a responder is silent', async () => {
  const time = new VirtualClock()
  let back = 0
  const clock = {
    now: () => time.now() - back,
    setTimeout: (callback: () => void, ms: number) => time.setTimeout(callback, ms),
    clearTimeout: (id: unknown) => time.clearTimeout(id),
  }
  const begin = () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) })
  let error: unknown
  const { signal } = new AbortController()
  readAnswer({ begin, signal, silenceMs: 1000, clock }, () => undefined).catch((thrown: unknown) => {
    error = thrown
  })
  back = 3_600_000
  await time.advance(3000)
  await settle()
  expect(error).toBeInstanceOf(ResponderTimeoutError)
})

it('an iterator that gives its chunks without promises is read, as `for await` reads it', async () => {
  const chunks = ['Good ', 'day']
  const next = () => {
    const value = chunks.shift()
    return value === undefined ? { done: true, value } : { done: false, value }
  }
  const respond = () => ({ [Symbol.asyncIterator]: () => ({ next }) }) as never
  const test = await coreUnderTest({ respond })
  await test.send('t1', saying('m1', 'hi'))
  expect(test.summary()).toEqual(['message t1', 'start t1', 'delta t1', 'delta t1', 'finish t1'])
})

it('an answer whose lease is lost gives its place back also if the store never takes what it has said', async () => {
  const test = await coreUnderTest({ flushMs: 15, leaseMs: 3000 })
  const { lease, append } = test.process
  let isStuck = false
  test.process.lease = async (...given) => {
    const held = await lease(...given)
    return held && { ...held, renew: async (ms) => (isStuck ? null : held.renew(ms)) }
  }
  test.process.append = (...given) => (isStuck ? new Promise(() => {}) : append(...given))
  await test.send('t1', saying('m1', 'hi'))
  const run = test.responder.last
  await run.say('word')
  isStuck = true
  // More than is gathered: the responder has to wait for the store.
  await run.say('x'.repeat(70_000))
  await test.clock.advance(2000)
  expect(run.request.signal.aborted).toBe(true)
  expect(test.core.stats.runs).toBe(0)
})
