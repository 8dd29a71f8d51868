import { describe, expect, it } from 'vitest'
import { settle } from '../support/virtual-clock.js'
import { countedAbort, failing, held, setup, temporary, watch } from './support.js'

describe('cancelling', () => {
  it('ends a running attempt: its signal is aborted, and its late result ignored', async () => {
    const { clock, manager } = setup()
    const { operation, settlers, signals } = held<string>()
    const outcome = watch(manager.executeWithRetry('task', operation))
    expect(manager.cancel('task')).toBe(true)
    expect(signals[0]?.aborted).toBe(true)
    await settle()
    expect(outcome).toMatchObject({
      settled: 1,
      error: { name: 'AppError', code: 'cancelled', retryable: false },
    })
    settlers[0]?.reject(temporary())
    await clock.advance(60_000)
    expect(outcome.settled).toBe(1)
    expect(signals.length).toBe(1)
  })

  it('ends a wait, gives its token back, and leaves no timer', async () => {
    const { clock, manager } = setup({ retryBudget: { capacity: 1, refill: 0 } })
    const { attempts, operation } = failing(1, 'answer')
    const outcome = watch(manager.executeWithRetry('task', operation))
    await settle()
    expect(manager.cancel('task')).toBe(true)
    await clock.advance(60_000)
    expect(outcome.error).toMatchObject({ code: 'cancelled' })
    expect(attempts).toEqual([1])
    expect([clock.pending, manager.retryQueue.size]).toEqual([0, 0])
    const next = watch(manager.executeWithRetry('next', failing(1, 'answer').operation))
    await clock.advance(60_000)
    expect(next.value).toBe('answer')
  })

  it('ends what a pause holds, before its first attempt and between two', async () => {
    const { clock, manager } = setup()
    const between = failing(9, 'answer')
    const outcomes = [watch(manager.executeWithRetry('between', between.operation))]
    await settle()
    manager.pause('offline')
    const before = failing(0, 'answer')
    outcomes.push(watch(manager.executeWithRetry('before', before.operation)))
    await clock.advance(60_000)
    expect([manager.cancel('between'), manager.cancel('before')]).toEqual([true, true])
    manager.resume('offline')
    await clock.advance(60_000)
    expect(outcomes).toMatchObject([{ error: { code: 'cancelled' } }, { error: { code: 'cancelled' } }])
    expect([between.attempts, before.attempts]).toEqual([[1], []])
  })

  it('keeps the token of a retry that had begun', async () => {
    const { clock, manager } = setup({ retryBudget: { capacity: 1, refill: 0 } })
    const operation = ({ attempt }: { attempt: number }) =>
      attempt === 1 ? Promise.reject(temporary()) : new Promise<never>(() => {})
    watch(manager.executeWithRetry('task', operation))
    await clock.advance(500)
    manager.cancel('task')
    const next = failing(1, 'answer')
    const outcome = watch(manager.executeWithRetry('next', next.operation))
    await clock.advance(60_000)
    expect(outcome.error).toMatchObject({ code: 'temporary' })
    expect(next.attempts).toEqual([1])
  })

  it('in the instant in which a wait ends still keeps the retry from running', async () => {
    let timer = () => {}
    const clock = {
      now: () => 0,
      setTimeout: (callback: () => void) => {
        timer = callback
      },
      clearTimeout: () => {},
    }
    const { manager } = setup({ clock })
    const { attempts, operation } = failing(9, 1)
    const outcome = watch(manager.executeWithRetry('task', operation))
    await settle()
    timer()
    manager.cancel('task')
    await settle()
    expect(attempts).toEqual([1])
    expect(outcome.error).toMatchObject({ code: 'cancelled' })
  })

  it('twice, the second time by an abort listener, leaves the next task of the same id alone', async () => {
    const { manager } = setup()
    const next = held<string>()
    const operation = ({ signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => manager.cancel('task'))
      return new Promise(() => {})
    }
    const onError = () => void watch(manager.executeWithRetry('task', next.operation))
    watch(manager.executeWithRetry('task', operation, { onError }))
    manager.cancel('task')
    expect(next.signals.map(({ aborted }) => aborted)).toEqual([false])
    expect(manager.cancel('task')).toBe(true)
    expect(next.signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('says false where there is no such task', async () => {
    const { manager } = setup()
    expect(manager.cancel('task')).toBe(false)
    await manager.executeWithRetry('task', () => 1)
    expect(manager.cancel('task')).toBe(false)
  })

  it('can be done by the operation, by an abort listener, and by those who are told', async () => {
    const { clock, manager } = setup()
    const cancel = () => void manager.cancel('task')
    const byOperation = watch(manager.executeWithRetry('task', cancel))
    await settle()
    const byListener = watch(
      manager.executeWithRetry('task', ({ signal }) => {
        signal.addEventListener('abort', cancel)
        return new Promise(() => {})
      }),
    )
    cancel()
    const unsubscribe = manager.subscribe(cancel)
    const retries: number[] = []
    const onRetry = (attempt: number) => void retries.push(attempt)
    const bySubscriber = watch(manager.executeWithRetry('task', failing(9, 1).operation, { onRetry }))
    await settle()
    unsubscribe()
    const byCallback = watch(manager.executeWithRetry('task', failing(9, 1).operation, { onRetry: cancel }))
    await clock.advance(60_000)
    for (const outcome of [byOperation, byListener, bySubscriber, byCallback]) {
      expect(outcome).toMatchObject({ settled: 1, error: { code: 'cancelled' } })
    }
    expect(retries).toEqual([])
    expect(clock.pending).toBe(0)
  })
})

describe('aborting the signal of a call', () => {
  it('ends the task, running or waiting, and says so to onError', async () => {
    const { clock, manager } = setup()
    const said: string[] = []
    const running = countedAbort()
    const waiting = countedAbort()
    const open = held<string>()
    const onError = ({ code }: { code: string }) => void said.push(code)
    const outcomes = [
      watch(manager.executeWithRetry('running', open.operation, { signal: running.signal, onError })),
      watch(
        manager.executeWithRetry('waiting', failing(9, 1).operation, { signal: waiting.signal, onError }),
      ),
    ]
    await settle()
    running.controller.abort()
    waiting.controller.abort()
    await settle()
    expect(outcomes).toMatchObject([{ error: { code: 'cancelled' } }, { error: { code: 'cancelled' } }])
    expect(said).toEqual(['cancelled', 'cancelled'])
    expect(open.signals[0]?.aborted).toBe(true)
    expect([clock.pending, manager.retryQueue.size]).toEqual([0, 0])
    expect([running.listeners.size, waiting.listeners.size]).toEqual([0, 0])
  })

  it('before the call means that nothing runs', async () => {
    const { manager } = setup()
    const { attempts, operation } = failing(0, 1)
    const run = manager.executeWithRetry('task', operation, { signal: AbortSignal.abort('gone') })
    await expect(run).rejects.toMatchObject({ code: 'cancelled', cause: 'gone' })
    expect(attempts).toEqual([])
  })

  it('reaches the operation, with the reason as the cause', async () => {
    const { manager } = setup()
    const { operation, signals } = held()
    const controller = new AbortController()
    const outcome = watch(manager.executeWithRetry('task', operation, { signal: controller.signal }))
    controller.abort('the person left')
    await settle()
    expect(signals[0]?.reason).toMatchObject({ code: 'cancelled', cause: 'the person left' })
    expect(outcome.error).toMatchObject({ code: 'cancelled', cause: 'the person left' })
  })

  it('by AbortSignal.timeout reads as a time-out', async () => {
    const { manager } = setup()
    const { operation, signals } = held()
    const controller = new AbortController()
    const timeout = new DOMException('took too long', 'TimeoutError')
    const outcome = watch(manager.executeWithRetry('task', operation, { signal: controller.signal }))
    controller.abort(timeout)
    await settle()
    expect(outcome.error).toMatchObject({ code: 'timeout', cause: timeout })
    expect(signals[0]?.reason).toMatchObject({ code: 'timeout', cause: timeout })
    const abortedBefore = (reason: unknown) =>
      manager.executeWithRetry('task', operation, { signal: AbortSignal.abort(reason) })
    await expect(abortedBefore(timeout)).rejects.toMatchObject({ code: 'timeout', cause: timeout })
    await expect(abortedBefore('other')).rejects.toMatchObject({ code: 'cancelled', cause: 'other' })
  })

  it('is listened for only while the task goes on', async () => {
    const { clock, manager } = setup()
    const { signal, listeners } = countedAbort()
    watch(manager.executeWithRetry('good', failing(1, 1).operation, { signal }))
    watch(manager.executeWithRetry('bad', failing(9, 1).operation, { signal }))
    watch(manager.executeWithRetry('bad', failing(9, 1).operation, { signal }))
    expect(listeners.size).toBe(1)
    await clock.advance(60_000)
    expect(listeners.size).toBe(0)
  })
})

describe('close', () => {
  it('ends every task with code closed, and refuses what comes later', async () => {
    const { clock, manager } = setup()
    const { operation, signals } = held<string>()
    const outcomes = [
      watch(manager.executeWithRetry('running', operation)),
      watch(manager.executeWithRetry('waiting', failing(9, 1).operation)),
    ]
    await settle()
    const sizes: number[] = []
    manager.subscribe(() => sizes.push(manager.retryQueue.size))
    manager.close()
    manager.close()
    outcomes.push(watch(manager.executeWithRetry('late', () => 1)))
    await settle()
    for (const outcome of outcomes) expect(outcome).toMatchObject({ settled: 1, error: { code: 'closed' } })
    expect(signals[0]?.aborted).toBe(true)
    expect(sizes).toEqual([0])
    expect([clock.pending, manager.retryQueue.size]).toEqual([0, 0])
    expect([manager.cancel('waiting'), manager.retryNow('waiting')]).toEqual([false, false])
  })

  it('settles each task once, though one of their callbacks cancels the others', async () => {
    const { manager } = setup()
    const { operation } = held<string>()
    const said: string[] = []
    const options = (taskId: string, other: string) => ({
      onError: ({ code }: { code: string }) => {
        said.push(`${taskId} ${code}`)
        manager.cancel(other)
      },
    })
    const outcomes = [
      watch(manager.executeWithRetry('a', operation, options('a', 'b'))),
      watch(manager.executeWithRetry('b', operation, options('b', 'a'))),
    ]
    manager.close()
    await settle()
    expect(said).toEqual(['a closed', 'b cancelled'])
    expect(outcomes.map(({ settled }) => settled)).toEqual([1, 1])
  })
})
