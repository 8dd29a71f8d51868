import { afterEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../src/errors/app-error.js'
import { ErrorRecoveryManager } from '../../src/recovery/error-recovery-manager.js'
import { VirtualClock } from '../support/virtual-clock.js'
import { failing, setup, temporary, watch } from './support.js'

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('executeWithRetry', () => {
  it('gives what the operation gives, without a wait', async () => {
    const { clock, manager } = setup()
    const { attempts, operation } = failing(0, 'answer')
    await expect(manager.executeWithRetry('task', operation)).resolves.toBe('answer')
    expect(attempts).toEqual([1])
    expect(clock.pending).toBe(0)
  })

  it('gives what a synchronous operation returns', async () => {
    await expect(setup().manager.executeWithRetry('task', () => 42)).resolves.toBe(42)
  })

  it('tries three times, 1 and then 2 seconds apart before jitter, and says each retry', async () => {
    const { clock, manager, start } = setup({ retry: { jitter: 'none' } })
    const tries: number[] = []
    const retries: [number, number][] = []
    const outcome = watch(
      manager.executeWithRetry(
        'task',
        ({ attempt }) => {
          tries.push(clock.now() - start)
          if (attempt < 3) throw temporary()
          return 'answer'
        },
        (attempt) => retries.push([attempt, clock.now() - start]),
      ),
    )
    await clock.advance(3000)
    expect(outcome).toEqual({ settled: 1, value: 'answer' })
    expect(tries).toEqual([0, 1000, 3000])
    expect(retries).toEqual([
      [1, 0],
      [2, 1000],
    ])
    expect(clock.pending).toBe(0)
  })

  it('gives up after the last attempt with its error, said once', async () => {
    const { clock, manager } = setup()
    const errors = [temporary(), temporary(), temporary({ code: 'overloaded' })]
    const said: AppError[] = []
    let tries = 0
    const outcome = watch(
      manager.executeWithRetry(
        'task',
        () => Promise.reject(errors[tries++]),
        undefined,
        (error) => said.push(error),
      ),
    )
    await clock.advance(60_000)
    expect(outcome).toEqual({ settled: 1, error: errors[2] })
    expect(said).toEqual([errors[2]])
    expect(tries).toBe(3)
    expect([clock.pending, manager.retryQueue.size]).toEqual([0, 0])
  })

  it('hands out an AppError whatever was thrown', async () => {
    const { clock, manager } = setup()
    const thrown = new Error('connect ECONNREFUSED 10.0.0.7:6379')
    const outcome = watch(manager.executeWithRetry('task', () => Promise.reject(thrown)))
    await clock.advance(60_000)
    expect(outcome.error).toBeInstanceOf(AppError)
    expect(outcome.error).toMatchObject({ cause: thrown })
  })

  it('translates with the function that it was given, and falls back where that throws', async () => {
    const special = temporary({ retryable: false })
    const mapped = setup({ translate: () => special }).manager
    await expect(mapped.executeWithRetry('task', () => Promise.reject('x'))).rejects.toBe(special)
    const broken = setup({
      retry: { maxAttempts: 1 },
      translate: () => {
        throw new Error('broken')
      },
    }).manager
    await expect(broken.executeWithRetry('task', () => Promise.reject('x'))).rejects.toBeInstanceOf(AppError)
  })

  it.each<[string, () => AppError]>([
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
    ['gives no AppError', () => 'text' as never],
  ])(
    "holds a date against the manager's clock, also where a translate of the app's own %s",
    async (_, translate) => {
      const { manager, clock } = setup({ translate })
      const retryAfter = new Date(clock.now() + 90_000).toUTCString()
      const outcome = watch(
        manager.executeWithRetry('task', () => Promise.reject({ status: 503, retryAfter })),
      )
      await clock.advance(0)
      const [task] = manager.retryQueue.values()
      expect(task?.error.retryAfterMs).toBe(90_000)
      manager.close()
      await clock.advance(0)
      expect(outcome.error).toMatchObject({ code: 'closed' })
    },
  )

  it.each([
    ['is not retryable', { retryable: false }],
    ['is an invalid input', { category: 'validation' }],
    ['says never by itself', { retryable: true, retryAfterMs: -1 }],
    ['would wait for ever', { retryable: true, retryAfterMs: Infinity }],
  ] as const)('does not retry what %s', async (_, options) => {
    const { manager } = setup()
    const { attempts, operation } = failing(9, 'answer', temporary(options))
    await expect(manager.executeWithRetry('task', operation)).rejects.toMatchObject(options)
    expect(attempts).toEqual([1])
  })

  it('waits as long as the server asks', async () => {
    const { clock, manager, start } = setup({ random: () => 0 })
    const { attempts, operation } = failing(1, 'answer', temporary({ retryAfterMs: 12_345.6 }))
    watch(manager.executeWithRetry('task', operation))
    await clock.advance(12_345)
    expect(attempts).toEqual([1])
    expect(manager.retryQueue.get('task')?.nextRetryAt).toBe(start + 12_346)
    await clock.advance(1)
    expect(attempts).toEqual([1, 2])
  })

  it('uses the options of the call in place of its own', async () => {
    const { clock, manager } = setup()
    const { attempts, operation } = failing(9, 'answer')
    watch(manager.executeWithRetry('task', operation, { maxAttempts: 5, baseDelay: 10, maxDelay: 10 }))
    await clock.advance(40)
    expect(attempts).toEqual([1, 2, 3, 4, 5])
  })

  it('retries without end where attempts are without end', async () => {
    const { clock, manager } = setup()
    const { attempts, operation } = failing(500, 'answer')
    const options = { maxAttempts: Infinity, baseDelay: 1, maxDelay: 1, budget: false }
    const outcome = watch(manager.executeWithRetry('task', operation, options))
    await clock.advance(500)
    expect(outcome.value).toBe('answer')
    expect(attempts.length).toBe(501)
  })

  it('goes on from earlier failures: the first try waits, and attempts count from 1', async () => {
    const { clock, manager, start } = setup({ retry: { jitter: 'none' } })
    const lastError = temporary({ code: 'network' })
    const { attempts, operation } = failing(1, 'answer')
    const retries: number[] = []
    watch(
      manager.executeWithRetry('task', operation, {
        failuresBefore: 2,
        lastError,
        onRetry: (attempt) => retries.push(attempt),
      }),
    )
    expect(manager.retryQueue.get('task')).toEqual({
      taskId: 'task',
      scope: 'task',
      attempt: 1,
      maxAttempts: 3,
      nextRetryAt: start + 2000,
      error: lastError,
    })
    await clock.advance(1999)
    expect(attempts).toEqual([])
    await clock.advance(1)
    expect(attempts).toEqual([1])
    expect(manager.retryQueue.get('task')?.nextRetryAt).toBe(start + 2000 + 4000)
    expect(retries).toEqual([1])
  })

  it('obeys the advice of the last of the earlier failures, and has an error to show without one', async () => {
    const { manager, start } = setup({ retry: { jitter: 'none' } })
    const lastError = temporary({ retryAfterMs: 9000 })
    watch(manager.executeWithRetry('advised', () => 1, { failuresBefore: 1, lastError }))
    watch(manager.executeWithRetry('bare', () => 1, { failuresBefore: 1 }))
    expect(manager.retryQueue.get('advised')?.nextRetryAt).toBe(start + 9000)
    expect(manager.retryQueue.get('bare')?.error).toMatchObject({ code: 'interrupted', retryable: true })
    manager.close()
  })

  it('does not mind callbacks that throw or reject, and hands their errors to the page', async () => {
    const reported: unknown[] = []
    vi.stubGlobal('reportError', (error: Error) => reported.push(error.message))
    const { clock, manager } = setup()
    manager.subscribe(() => {
      throw new Error('listener')
    })
    const heard: number[] = []
    manager.subscribe(() => heard.push(manager.retryQueue.size))
    const outcome = watch(
      manager.executeWithRetry('task', failing(9, 'answer').operation, {
        maxAttempts: 2,
        onRetry: () => {
          throw new Error('retry')
        },
        onError: async () => {
          throw new Error('error')
        },
      }),
    )
    await clock.advance(60_000)
    expect(outcome.settled).toBe(1)
    expect(heard).toEqual([1, 0])
    expect(reported.sort()).toEqual(['error', 'listener', 'listener', 'retry'])
  })

  it('logs each retry with neither the task id nor the text of the error, and survives a logger that throws', async () => {
    const lines: unknown[] = []
    const broken = () => {
      throw new Error('broken')
    }
    const info = (...line: unknown[]) => {
      lines.push(line)
      broken()
    }
    const { clock, manager } = setup({ logger: { debug: broken, info, warn: broken, error: broken } })
    const error = new AppError({ message: 'secret-text', code: 'overloaded', correlationId: 'c-1' })
    const outcome = watch(manager.executeWithRetry('secret-id', failing(1, 'answer', error).operation))
    await clock.advance(500)
    expect(outcome.value).toBe('answer')
    expect(lines).toMatchObject([
      ['retry', { scope: 'task', attempt: 2, ms: 500, code: 'overloaded', correlationId: 'c-1' }],
    ])
    expect(JSON.stringify(lines)).not.toContain('secret')
  })

  it('works without any option, on the system clock', async () => {
    const { ErrorRecoveryManager } = await import('../../src/recovery/error-recovery-manager.js')
    const { operation } = failing(1, 'answer')
    const options = { baseDelay: 0 }
    await expect(new ErrorRecoveryManager().executeWithRetry('task', operation, options)).resolves.toBe(
      'answer',
    )
  })
})

describe('what cannot be used', () => {
  it.each([
    ['', {}, "unable to use taskId; expected a string that is not empty, got ''"],
    [7, {}, 'unable to use taskId; expected a string that is not empty, got 7'],
    [
      'task',
      { maxAttempts: 0 },
      'unable to use options.maxAttempts; expected a whole number of at least 1, got 0',
    ],
    [
      'task',
      { failuresBefore: 0.5 },
      'unable to use options.failuresBefore; expected a whole number of at least 0',
    ],
    ['task', { scope: '' }, "unable to use options.scope; expected a string that is not empty, got ''"],
    ['task', { budget: 'no' }, 'unable to use options.budget; expected true or false, got string'],
    ['task', { signal: {} }, 'unable to use options.signal.addEventListener; expected a function'],
    ['task', { signal: null }, 'unable to use options.signal; expected an object, got null'],
    ['task', { onRetry: 5 }, 'unable to use options.onRetry; expected a function, got 5'],
    ['task', 5, 'unable to use options.onRetry; expected a function, got 5'],
  ])('is refused with an AppError that names it: %o, %o', async (taskId, options, message) => {
    const { manager } = setup()
    const run = manager.executeWithRetry(taskId as string, () => 1, options as object)
    await expect(run).rejects.toMatchObject({ name: 'AppError', category: 'validation', retryable: false })
    await expect(run).rejects.toThrow(message)
  })

  it('is said to onError too', async () => {
    const said: AppError[] = []
    const onError = (error: AppError) => said.push(error)
    await expect(setup().manager.executeWithRetry('', () => 1, undefined, onError)).rejects.toBe(said[0])
    expect(said.length).toBe(1)
  })

  it('is refused where the operation is no function', async () => {
    const run = setup().manager.executeWithRetry('task', undefined as unknown as () => void)
    await expect(run).rejects.toThrow('unable to use operation; expected a function, got undefined')
  })

  it('is refused by the constructor, pause and subscribe', () => {
    const { manager } = setup()
    const clock = new VirtualClock()
    expect(() => setup({ clock, retry: { baseDelay: -1 } })).toThrow('unable to use retry.baseDelay')
    expect(() => setup({ retryBudget: null as unknown as false })).toThrow(
      'unable to use retryBudget; expected an object',
    )
    expect(() => new ErrorRecoveryManager(null as unknown as undefined)).toThrow(
      'unable to use options; expected an object, got null',
    )
    expect(() => manager.pause('')).toThrow('unable to use reason')
    expect(() => manager.pause('offline', { scope: '' })).toThrow('unable to use options.scope')
    expect(() => manager.subscribe(undefined as unknown as () => void)).toThrow('unable to use listener')
  })
})
