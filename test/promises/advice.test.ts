import { expect, it } from 'vitest'
import { ErrorRecoveryManager } from '../../src/recovery/error-recovery-manager.js'
import { seededRandom } from '../support/random.js'
import { VirtualClock } from '../support/virtual-clock.js'

const draws = 10_000
const hour = 3_600_000

/** A server's refusal, as it comes over the wire. */
const refusal = (retry_after_ms: number) => ({
  type: 'error',
  error: 'The server is busy.',
  error_code: 'temporary',
  retryable: true,
  timestamp: '2026-01-01T00:00:00.000Z',
  retry_after_ms,
})

/** Tasks that are refused three times, each time with another advice; notes what came too soon and what came after -1. */
async function obey(seed: number) {
  const clock = new VirtualClock()
  const random = seededRandom(seed)
  const manager = new ErrorRecoveryManager({ clock, random, retryBudget: false })
  const seen = { advised: 0, forbidden: 0, early: 0, afterNever: 0 }
  const tasks = Array.from({ length: draws }, (_, n) => {
    let notBefore = 0
    let isForbidden = false
    const operation = () => {
      if (isForbidden) seen.afterNever++
      if (clock.now() < notBefore) seen.early++
      isForbidden = random() < 0.3
      const advice = isForbidden ? -1 : Math.floor(random() * 60_000)
      notBefore = clock.now() + advice
      if (isForbidden) seen.forbidden++
      else seen.advised++
      throw refusal(advice)
    }
    const jitter = (['full', 'equal', 'spread', 'none'] as const)[n % 4]
    return manager.executeWithRetry(`task ${n}`, operation, { jitter }).catch(() => {})
  })
  await clock.advance(hour)
  await Promise.all(tasks)
  return seen
}

it('nothing is retried before the time that a server names, and nothing after it has said never', async () => {
  const { advised, forbidden, early, afterNever } = await obey(1)
  console.info(
    `${early} retries before retry_after_ms in ${advised} draws, ${afterNever} after -1 in ${forbidden} draws`,
  )
  expect(advised).toBeGreaterThan(draws)
  expect(forbidden).toBeGreaterThan(draws / 4)
  expect({ early, afterNever }).toEqual({ early: 0, afterNever: 0 })
}, 30_000)
