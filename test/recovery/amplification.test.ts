import { describe, expect, it } from 'vitest'
import type { ErrorRecoveryManager } from '../../src/recovery/error-recovery-manager.js'
import { seededRandom } from '../support/random.js'
import type { VirtualClock } from '../support/virtual-clock.js'
import { failing, figure, setup, temporary, watch } from './support.js'

/** Makes the calls one after the other against a responder that fails so often; gives what reached it. */
async function load(
  { clock, manager }: { clock: VirtualClock; manager: ErrorRecoveryManager },
  calls: number,
  failureRate: number,
) {
  const random = seededRandom(7)
  let requests = 0
  let successes = 0
  for (let call = 0; call < calls; call++) {
    const outcome = watch(
      manager.executeWithRetry(`call ${call}`, () => {
        requests++
        if (random() < failureRate) throw temporary()
      }),
    )
    await clock.advance(10_000)
    if ('value' in outcome) successes++
  }
  return { perCall: requests / calls, successes }
}

describe('the retry budget of a manager', () => {
  it('keeps a failing server at 1.2 requests per call at most', async () => {
    const bounded = await load(setup(), 30, 1)
    const unbounded = await load(setup({ retryBudget: false }), 30, 1)
    figure(`requests per call, all failing: ${bounded.perCall.toFixed(2)} (no budget: ${unbounded.perCall})`)
    expect(bounded.perCall).toBeLessThanOrEqual(1.2)
    expect(unbounded.perCall).toBe(3)
  })

  it('lets at least 99 % of 1,000 calls succeed when every tenth request fails', async () => {
    const { perCall, successes } = await load(setup(), 1000, 0.1)
    figure(
      `succeeded at 10 % failure: ${(successes / 10).toFixed(1)} %, ${perCall.toFixed(2)} requests per call`,
    )
    expect(successes).toBeGreaterThanOrEqual(990)
  })

  it('fails at once with the last error when it is used up', async () => {
    const { clock, manager } = setup({ retryBudget: { capacity: 1, refill: 0 } })
    const error = temporary()
    const { attempts, operation } = failing(9, 1, error)
    const outcome = watch(manager.executeWithRetry('task', operation))
    await clock.advance(60_000)
    expect(attempts).toEqual([1, 2])
    expect(outcome.error).toBe(error)
  })

  it('is refilled by successes', async () => {
    const { clock, manager } = setup({ retryBudget: { capacity: 1, refill: 0.5 } })
    watch(manager.executeWithRetry('spender', failing(9, 1).operation))
    await clock.advance(60_000)
    await manager.executeWithRetry('good', () => 1)
    await manager.executeWithRetry('good', () => 1)
    const outcome = watch(manager.executeWithRetry('task', failing(1, 'answer').operation))
    await clock.advance(60_000)
    expect(outcome.value).toBe('answer')
  })

  it('is neither used nor refilled by tasks outside it', async () => {
    const { clock, manager } = setup({ retryBudget: { capacity: 1, refill: 1 } })
    const outside = failing(9, 1)
    watch(manager.executeWithRetry('outside', outside.operation, { budget: false }))
    await clock.advance(60_000)
    expect(outside.attempts).toEqual([1, 2, 3])
    const inside = failing(9, 1)
    watch(manager.executeWithRetry('inside', inside.operation))
    await clock.advance(60_000)
    await manager.executeWithRetry('good', () => 1, { budget: false })
    watch(manager.executeWithRetry('inside', inside.operation))
    await clock.advance(60_000)
    expect(inside.attempts).toEqual([1, 2, 1])
  })
})
