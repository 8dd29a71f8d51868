import { describe, expect, it } from 'vitest'
import { AppError, isAppError } from '../../src/errors/app-error.js'
import { translateError } from '../../src/errors/translate-error.js'
import { createRetryBudget, type RetryBudgetOptions } from '../../src/recovery/retry-budget.js'
import { type RetryPolicyOptions, resolveRetryPolicy } from '../../src/server/retry-policy.js'
import { type ServerRetry, withRetry } from '../../src/server/with-retry.js'
import { systemClock } from '../../src/shared/clock.js'
import { VirtualClock } from '../support/virtual-clock.js'

const retryAllowance = (options?: RetryBudgetOptions) =>
  createRetryBudget(options, 'retryBudget', systemClock)

const named = (name: string, message = 'secret') => Object.assign(new Error(message), { name })
const keyError = () => named('KeyError', "'user_60f2ccbd'")

/** Fails so often, then answers. */
function failing(times: number, makeError: () => unknown = keyError) {
  const state = { calls: 0 }
  const operation = async () => {
    state.calls += 1
    if (state.calls <= times) throw makeError()
    return `answer ${state.calls}`
  }
  return { state, operation }
}

async function run(
  operation: () => Promise<string>,
  policy: RetryPolicyOptions = {},
  context: Parameters<typeof withRetry>[1] = {},
) {
  const clock = new VirtualClock()
  const retries: ServerRetry[] = []
  const onRetry = (retry: ServerRetry) => void retries.push(retry)
  const result = withRetry(policy, { clock, random: () => 1, onRetry, ...context })(operation)().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  await clock.advance(10 * 60_000)
  return { result: await result, retries, pending: clock.pending }
}

describe('withRetry', () => {
  it('hands arguments through and an answer back', async () => {
    const add = withRetry()((a: number, b: number) => a + b)
    expect(await add(2, 3)).toBe(5)
  })

  it.each([
    ['KeyError', keyError()],
    ['ConnectionError', named('ConnectionError')],
    ['TimeoutError', named('TimeoutError')],
    ['ECONNRESET', Object.assign(new Error('read'), { code: 'ECONNRESET' })],
  ])('tries again after a %s and answers with what then succeeds', async (_name, error) => {
    const { state, operation } = failing(2, () => error)
    const { result, retries } = await run(operation)
    expect(result).toEqual({ value: 'answer 3' })
    expect(state.calls).toBe(3)
    expect(retries.map((retry) => [retry.try, retry.maxTries])).toEqual([
      [2, 3],
      [3, 3],
    ])
  })

  it('waits 1 s, 2 s, 4 s and so on, up to 60 s', async () => {
    const { operation } = failing(9)
    const { retries } = await run(operation, { maxAttempts: 9 })
    expect(retries.map(({ delayMs }) => delayMs)).toEqual([
      1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000,
    ])
  })

  it('spreads each wait over its upper half, never past the cap', async () => {
    const { operation } = failing(9)
    const { retries } = await run(operation, { maxAttempts: 9 }, { random: () => 0 })
    expect(retries.map(({ delayMs }) => delayMs)).toEqual([
      500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
    ])
  })

  it('gives up after three tries with a friendly error that forbids the client to multiply them', async () => {
    const { state, operation } = failing(99)
    const { result, retries, pending } = await run(operation)
    expect(state.calls).toBe(3)
    expect(retries).toHaveLength(2)
    expect(pending).toBe(0)
    expect(result).toMatchObject({
      error: { category: 'temporary', code: 'initializing', retryable: true, retryAfterMs: -1 },
    })
  })

  it('leaves the retry to the client where it makes no tries of its own', async () => {
    const { state, operation } = failing(99)
    const { result } = await run(operation, { maxAttempts: 1 })
    expect(state.calls).toBe(1)
    expect(result).toMatchObject({ error: { retryable: true } })
    expect(result).not.toHaveProperty('error.retryAfterMs')
  })

  it.each([
    ['an exception nobody knows', () => new Error('secret'), { category: 'unknown', retryable: true }],
    [
      'an input that is wrong',
      () => new AppError({ code: 'invalid_message', message: 'unable to read; it is wrong' }),
      { category: 'validation', code: 'invalid_message', retryable: false },
    ],
    [
      'a rate limit, whose wait is the client’s',
      () => new AppError({ code: 'rate_limited', message: 'unable to ask; too often', retryAfterMs: 7000 }),
      { category: 'temporary', code: 'rate_limited', retryable: true, retryAfterMs: 7000 },
    ],
  ])('does not try again after %s, and still makes it an AppError', async (_name, makeError, expected) => {
    const { state, operation } = failing(99, makeError)
    const { result } = await run(operation)
    expect(state.calls).toBe(1)
    expect('error' in result && isAppError(result.error)).toBe(true)
    expect(result).toMatchObject({ error: expected })
  })

  it('ends a wait at once when its signal aborts, and tries no more', async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    const { state, operation } = failing(99)
    const result = withRetry({}, { clock, signal: controller.signal, random: () => 1 })(operation)()
    const settled = expect(result).rejects.toThrow('stopped')
    await clock.advance(500)
    controller.abort(new Error('stopped'))
    await settled
    expect(clock.pending).toBe(0)
    expect(state.calls).toBe(1)
  })

  it('waits until what it tells of a retry is stored', async () => {
    const clock = new VirtualClock()
    let stored: () => void = () => {}
    const onRetry = () => new Promise<void>((resolve) => (stored = resolve))
    const { state, operation } = failing(1)
    const result = withRetry({}, { clock, onRetry })(operation)()
    await clock.advance(60_000)
    expect(state.calls).toBe(1)
    stored()
    await clock.advance(60_000)
    expect(await result).toBe('answer 2')
  })

  it('makes at most 1.2 calls per task when all of 30 tasks fail, by a shared allowance', async () => {
    const allowance = retryAllowance()
    const { state, operation } = failing(Number.POSITIVE_INFINITY)
    for (let task = 0; task < 30; task += 1) await run(operation, {}, { allowance })
    expect(state.calls / 30).toBeLessThanOrEqual(1.2)
  })

  it('spends nothing of the shared allowance on a wait that is stopped', async () => {
    const clock = new VirtualClock()
    const allowance = retryAllowance({ capacity: 1 })
    const controller = new AbortController()
    const { operation } = failing(1)
    const result = withRetry({}, { clock, signal: controller.signal, allowance })(operation)()
    const settled = expect(result).rejects.toThrow('stopped')
    await clock.advance(0)
    expect(clock.pending).toBe(1)
    controller.abort(new Error('stopped'))
    await settled
    expect(allowance.take()).toBe(true)
  })

  it('earns retries back by successes', async () => {
    const allowance = retryAllowance({ capacity: 1, refill: 0.5 })
    expect(allowance.take()).toBe(true)
    expect(allowance.take()).toBe(false)
    allowance.succeeded()
    expect(allowance.take()).toBe(false)
    allowance.succeeded()
    expect(allowance.take()).toBe(true)
  })

  it.each<[option: string, make: () => unknown]>([
    ['context.signal', () => withRetry({}, { signal: 5 as never })],
    ['context.signal.throwIfAborted', () => withRetry({}, { signal: new EventTarget() as never })],
    ['context.onRetry', () => withRetry({}, { onRetry: 5 as never })],
    ['context.allowance.take', () => withRetry({}, { allowance: {} as never })],
    ['context.clock.now', () => withRetry({}, { clock: {} as never })],
    ['context.random', () => withRetry({}, { random: 0.5 as never })],
    ['operation', () => withRetry()(undefined as never)],
    ['retry.isRetryable', () => withRetry({ isRetryable: null as never })],
  ])('refuses a wrong %s before anything runs', (option, make) => {
    expect(make).toThrow(`unable to use ${option}; expected a`)
  })

  it("tells a time-out of its signal as the signal's reason, which reads as a time-out", async () => {
    const context = { signal: AbortSignal.timeout(5) }
    const { operation } = failing(Number.POSITIVE_INFINITY)
    const error = await withRetry({}, context)(operation)().catch((thrown: unknown) => thrown)
    expect(translateError(error).code).toBe('timeout')
  })

  it('keeps the class of an error, its fields and its language, also of a frozen one', async () => {
    class Own extends AppError {
      readonly field = 1
    }
    const thrown = Object.freeze(new Own({ message: 'm', code: 'network' }))
    const operation = () => Promise.reject(thrown)
    const error = await withRetry({ baseDelay: 0 })(operation)().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Own)
    expect(error).toMatchObject({ field: 1, retryAfterMs: -1 })
    expect(translateError(error, { locale: 'zh-CN' })).toMatchObject({
      field: 1,
      userMessage: '网络连接失败，请检查网络',
    })
  })

  it('names the option that is wrong', () => {
    expect(() => resolveRetryPolicy({ maxAttempts: 0 })).toThrow('retry.maxAttempts')
  })
})
