import { expect, it } from 'vitest'
import { HeldLease } from '../../src/server/engine/held-lease.js'
import type { StorePosition } from '../../src/server/store/step.js'
import { settle, VirtualClock } from '../support/virtual-clock.js'
import { saying } from '../support/wire-client.js'
import { coreUnderTest } from './core-under-test.js'

const position = { epoch: 'e', end: 0, rev: 0 } as StorePosition

/** A lease of 3 s whose renewals the test answers. */
function held() {
  const clock = new VirtualClock()
  const answers: ((position: StorePosition) => void)[] = []
  const renew = () => new Promise<StorePosition>((resolve) => answers.push(resolve))
  const lease = new HeldLease({ fence: 1, position, renew, release: async () => {} }, 3000, clock)
  return { clock, answers, lease }
}

it('a lease that is abandoned during a renewal is not renewed again', async () => {
  const { clock, answers, lease } = held()
  await clock.advance(1000)
  lease.abandon()
  answers[0]?.(position)
  await settle()
  expect(clock.pending).toBe(0)
})

it('a lease is lost once its time is over if the store never answers the renewal', async () => {
  const { clock, answers, lease } = held()
  await clock.advance(1000)
  answers[0]?.(position)
  await clock.advance(2999)
  expect(lease.isOver).toBe(false)
  await clock.advance(1)
  expect(lease.isOver).toBe(true)
  expect(clock.pending).toBe(0)
  // Late, and of no use any more.
  answers[1]?.(position)
  await settle()
  expect([lease.isOver, lease.isAlive, clock.pending]).toEqual([true, false, 0])
})

it('a process that was paused past its lease keeps the lease if no other node has taken it', async () => {
  const { clock, answers, lease } = held()
  clock.jump(60_000)
  await clock.advance(999)
  answers[0]?.(position)
  await clock.advance(1)
  expect(lease.isAlive).toBe(true)
  lease.abandon()
})

it('an answer ends, and its task is taken over, if the store never answers a renewal', async () => {
  const test = await coreUnderTest()
  const { lease } = test.process
  test.process.lease = async (...given) => {
    const taken = await lease(...given)
    test.process.lease = lease
    const never = () => new Promise<never>(() => {})
    return taken && { ...taken, renew: never, release: never }
  }
  await test.send('t1', saying('m1', 'hi'))
  const { signal } = test.responder.last.request
  await test.clock.advance(14_000)
  expect(signal.aborted).toBe(false)
  await test.clock.advance(2000)
  expect(signal.aborted).toBe(true)
  await test.responder.last.end()
  await test.clock.advance(2000)
  expect(test.summary().at(-1)).toBe('error t1')
  expect(test.core.stats.runs).toBe(0)
  await test.close(0)
})
