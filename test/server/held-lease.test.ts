import { expect, it } from 'vitest'
import { HeldLease } from '../../src/server/engine/held-lease.js'
import type { StorePosition } from '../../src/server/store/step.js'
import { settle, VirtualClock } from '../support/virtual-clock.js'

it('a lease that is abandoned during a renewal is not renewed again', async () => {
  const clock = new VirtualClock()
  const position = { epoch: 'e', end: 0, rev: 0 } as StorePosition
  const answers: ((position: StorePosition) => void)[] = []
  const renew = () => new Promise<StorePosition>((resolve) => answers.push(resolve))
  const held = new HeldLease({ fence: 1, position, renew, release: async () => {} }, 3000, clock)
  await clock.advance(1000)
  held.abandon()
  answers[0]?.(position)
  await settle()
  expect(clock.pending).toBe(0)
})
