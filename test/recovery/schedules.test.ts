import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AttemptContext } from '../../src/recovery/execute-options.js'
import { delay } from '../../src/shared/delay.js'
import { seededRandom } from '../support/random.js'
import { countedAbort, type Outcome, setup, temporary, watch } from './support.js'

const taskId = fc.constantFrom('a', 'b', 'c')
const scope = fc.constantFrom('task', 'upload', 'connection')
const reason = fc.constantFrom('offline', 'hidden')

const begin = fc.record({
  kind: fc.constant('begin' as const),
  taskId,
  scope,
  maxAttempts: fc.integer({ min: 1, max: 4 }),
  failuresBefore: fc.constantFrom(0, 0, 2),
  latency: fc.integer({ min: 0, max: 800 }),
  failures: fc.integer({ min: 0, max: 5 }),
  retryable: fc.constantFrom(true, true, true, false),
  advice: fc.option(fc.integer({ min: 0, max: 9000 }), { nil: undefined }),
  synchronous: fc.boolean(),
  throwingCallbacks: fc.boolean(),
})
type Begin = typeof begin extends fc.Arbitrary<infer T> ? T : never

const command = fc.oneof(
  { weight: 4, arbitrary: begin },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 4000 }) }),
  },
  fc.record({ kind: fc.constant('pause' as const), reason, scope: fc.option(scope, { nil: undefined }) }),
  fc.record({ kind: fc.constant('resume' as const), reason }),
  fc.record({ kind: fc.constant('retryNow' as const), taskId }),
  fc.record({ kind: fc.constant('cancel' as const), taskId }),
  fc.record({ kind: fc.constant('abort' as const), call: fc.nat({ max: 20 }) }),
)

type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

interface Call {
  readonly outcome: Outcome
  readonly abort: ReturnType<typeof countedAbort>
  errors: number
}

/** Runs a manager and notes, from outside, whatever it may never do. */
class Observation {
  readonly broken: string[] = []
  readonly calls: Call[] = []
  readonly #world = setup({ random: seededRandom(5), retryBudget: { capacity: 8, refill: 0.5 } })
  readonly #live = new Map<string, number>()
  readonly #notBefore = new Map<string, number>()
  #holds: { reason: string; scope: string | undefined }[] = []

  async run(commands: readonly Command[]) {
    const { clock, manager } = this.#world
    for (const step of commands) {
      if (step.kind === 'begin') this.#begin(step)
      if (step.kind === 'advance') await clock.advance(step.ms)
      if (step.kind === 'abort') this.calls[step.call]?.abort.controller.abort()
      if (step.kind === 'cancel') manager.cancel(step.taskId)
      if (step.kind === 'retryNow') {
        this.#notBefore.delete(step.taskId)
        manager.retryNow(step.taskId)
      }
      if (step.kind === 'pause') {
        this.#holds.push(step)
        manager.pause(step.reason, { scope: step.scope })
      }
      if (step.kind === 'resume') this.#resume(step.reason)
    }
    for (const each of ['offline', 'hidden']) this.#resume(each)
    await clock.advance(600_000)
    return { pending: clock.pending, waiting: manager.retryQueue.size }
  }

  #resume(reason: string) {
    this.#holds = this.#holds.filter((hold) => hold.reason !== reason)
    this.#world.manager.resume(reason)
  }

  #isHeld(scope: string) {
    return this.#holds.some((hold) => hold.scope === scope || (!hold.scope && scope !== 'connection'))
  }

  #begin(step: Begin) {
    const abort = countedAbort()
    const call: Call = {
      abort,
      errors: 0,
      outcome: watch(
        this.#world.manager.executeWithRetry(step.taskId, this.#operation(step), {
          scope: step.scope,
          maxAttempts: step.maxAttempts,
          failuresBefore: step.failuresBefore,
          signal: abort.signal,
          onRetry: () => {
            if (step.throwingCallbacks) throw new Error('onRetry')
          },
          onError: () => {
            call.errors++
            if (step.throwingCallbacks) throw new Error('onError')
          },
        }),
      ),
    }
    this.calls.push(call)
  }

  #operation(step: Begin) {
    const { clock } = this.#world
    let tries = 0
    return async ({ attempt, signal }: AttemptContext) => {
      tries++
      if (attempt === 1) this.#notBefore.delete(step.taskId)
      this.#check(step, tries, attempt)
      const fails = tries <= step.failures
      this.#live.set(step.taskId, (this.#live.get(step.taskId) ?? 0) + 1)
      const leave = () => this.#live.set(step.taskId, (this.#live.get(step.taskId) ?? 0) - 1)
      signal.addEventListener('abort', leave)
      if (!step.synchronous) await delay(step.latency, { clock, signal })
      signal.removeEventListener('abort', leave)
      if (!signal.aborted) leave()
      if (!fails) return step.taskId
      this.#notBefore.set(step.taskId, clock.now() + (step.advice ?? 0))
      throw temporary({ retryable: step.retryable, retryAfterMs: step.advice })
    }
  }

  #check({ taskId, scope, maxAttempts, retryable }: Begin, tries: number, attempt: number) {
    const { clock, manager } = this.#world
    const rules: Record<string, boolean> = {
      'at most maxAttempts tries': tries <= maxAttempts,
      'attempts are counted': attempt === tries,
      'no attempt under a pause': !this.#isHeld(scope),
      'one attempt of a task at a time': (this.#live.get(taskId) ?? 0) === 0,
      'not before the server wants it': clock.now() >= (this.#notBefore.get(taskId) ?? 0),
      'no retry of what is not retryable': retryable || tries === 1,
      'what runs does not wait': !manager.retryQueue.has(taskId),
    }
    for (const [rule, kept] of Object.entries(rules)) if (!kept) this.broken.push(`${taskId}: ${rule}`)
  }
}

describe('over random schedules of calls, pauses, cancels, aborts and skipped waits', () => {
  it('no rule is broken, each call settles once, and nothing is left behind', async () => {
    let calls = 0
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
        const observation = new Observation()
        const left = await observation.run(commands)
        calls += observation.calls.length
        expect(observation.broken).toEqual([])
        expect(left).toEqual({ pending: 0, waiting: 0 })
        for (const { outcome, errors, abort } of observation.calls) {
          expect(outcome.settled).toBe(1)
          expect(errors).toBe(outcome.error === undefined ? 0 : 1)
          expect(abort.signal.aborted ? 0 : abort.listeners.size).toBe(0)
        }
      }),
      { numRuns: 300 },
    )
    expect(calls).toBeGreaterThan(300)
  })
})
