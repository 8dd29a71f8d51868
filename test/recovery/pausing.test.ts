import { describe, expect, it } from 'vitest'
import { settle } from '../support/virtual-clock.js'
import { failing, held, setup, watch } from './support.js'

describe('while paused', () => {
  it('a task waits for its first attempt, and then has all of them', async () => {
    const { clock, manager } = setup()
    manager.pause('offline')
    const { attempts, operation } = failing(2, 'answer')
    const outcome = watch(manager.executeWithRetry('task', operation))
    await clock.advance(60_000)
    expect(attempts).toEqual([])
    expect(manager.retryQueue.size).toBe(0)
    manager.resume('offline')
    expect(attempts).toEqual([1])
    await clock.advance(60_000)
    expect(outcome.value).toBe('answer')
  })

  it('waits go on counting: overdue retries start at resume in the order of their tasks, others in time', async () => {
    const { clock, manager } = setup({ retry: { jitter: 'none' } })
    const started: string[] = []
    const task = (taskId: string, baseDelay: number) => {
      const operation = ({ attempt }: { attempt: number }) => {
        started.push(`${taskId}${attempt}`)
        return attempt === 1 ? Promise.reject(new Error('busy')) : Promise.resolve()
      }
      watch(manager.executeWithRetry(taskId, operation, { baseDelay }))
    }
    task('a', 3000)
    task('b', 1000)
    task('c', 4000)
    await settle()
    manager.pause('offline')
    await clock.advance(3500)
    expect(started).toEqual(['a1', 'b1', 'c1'])
    expect([...manager.retryQueue.keys()]).toEqual(['a', 'b', 'c'])
    manager.resume('offline')
    expect(started.slice(3)).toEqual(['a2', 'b2'])
    await clock.advance(500)
    expect(started.slice(3)).toEqual(['a2', 'b2', 'c2'])
  })

  it('an attempt that runs goes on', async () => {
    const { manager } = setup()
    const { operation, settlers } = held<string>()
    const outcome = watch(manager.executeWithRetry('task', operation))
    manager.pause('offline')
    settlers[0]?.resolve('answer')
    await settle()
    expect(outcome.value).toBe('answer')
  })

  it('every reason must be lifted, each once, however often it was given', async () => {
    const { manager } = setup()
    const { attempts, operation } = failing(0, 1)
    manager.pause('offline')
    manager.pause('offline')
    manager.pause('signed out')
    watch(manager.executeWithRetry('task', operation))
    manager.resume('offline')
    expect(attempts).toEqual([])
    manager.resume('never given')
    expect(attempts).toEqual([])
    manager.resume('signed out')
    expect(attempts).toEqual([1])
  })

  it('the connection goes on, unless it is named', () => {
    const { manager } = setup()
    const { attempts, operation } = failing(0, 1)
    manager.pause('offline')
    watch(manager.executeWithRetry('connection', operation, { scope: 'connection' }))
    expect(attempts.length).toBe(1)
    manager.pause('frozen', { scope: 'connection' })
    watch(manager.executeWithRetry('connection 2', operation, { scope: 'connection' }))
    expect(attempts.length).toBe(1)
    manager.resume('frozen')
    expect(attempts.length).toBe(2)
  })

  it('one scope can be held while the others go on, and one reason can hold several', () => {
    const { manager } = setup()
    const started: string[] = []
    manager.pause('hidden', { scope: 'a' })
    manager.pause('hidden', { scope: 'b' })
    for (const scope of ['a', 'b', 'c']) {
      watch(manager.executeWithRetry(scope, () => started.push(scope), { scope }))
    }
    expect(started).toEqual(['c'])
    manager.resume('hidden')
    expect(started).toEqual(['c', 'a', 'b'])
  })

  it('resuming stops where an operation that it started pauses again', () => {
    const { manager } = setup()
    const started: string[] = []
    manager.pause('offline')
    for (const taskId of ['a', 'b']) {
      const operation = () => {
        started.push(taskId)
        manager.pause('offline')
      }
      watch(manager.executeWithRetry(taskId, operation))
    }
    manager.resume('offline')
    expect(started).toEqual(['a'])
  })
})

describe('retryNow', () => {
  it('skips the wait and costs the budget nothing', async () => {
    const { clock, manager } = setup({ retryBudget: { capacity: 1, refill: 0 } })
    const { attempts, operation } = failing(9, 1)
    watch(manager.executeWithRetry('task', operation, { maxAttempts: 5 }))
    await settle()
    expect(manager.retryNow('task')).toBe(true)
    expect([attempts, manager.retryQueue.size]).toEqual([[1, 2], 0])
    await settle()
    expect(manager.retryNow('task')).toBe(true)
    await settle()
    await clock.advance(60_000)
    expect(attempts).toEqual([1, 2, 3, 4])
    expect(clock.pending).toBe(0)
  })

  it('under a pause starts at resume, and gives one token back however often it is called', async () => {
    const { clock, manager, start } = setup({ retryBudget: { capacity: 2, refill: 0 } })
    const { attempts, operation } = failing(9, 1)
    watch(manager.executeWithRetry('other', failing(9, 1).operation, { maxAttempts: 2 }))
    watch(manager.executeWithRetry('task', operation, { maxAttempts: 5 }))
    await settle()
    manager.pause('offline')
    await clock.advance(100)
    let changes = 0
    const unsubscribe = manager.subscribe(() => changes++)
    expect([manager.retryNow('task'), manager.retryNow('task')]).toEqual([true, true])
    expect(manager.retryQueue.get('task')).toMatchObject({ attempt: 2, nextRetryAt: start + 100 })
    expect(attempts).toEqual([1])
    expect(changes).toBe(1)
    unsubscribe()
    manager.resume('offline')
    expect(attempts).toEqual([1, 2])
    await clock.advance(60_000)
    expect(attempts).toEqual([1, 2, 3])
  })

  it('says false where nothing waits', async () => {
    const { manager } = setup()
    watch(manager.executeWithRetry('task', held().operation))
    expect([manager.retryNow('task'), manager.retryNow('unknown')]).toEqual([false, false])
  })

  it('skips the wait after earlier failures', () => {
    const { manager } = setup()
    const { attempts, operation } = failing(0, 1)
    watch(manager.executeWithRetry('task', operation, { failuresBefore: 9 }))
    expect(manager.retryNow('task')).toBe(true)
    expect(attempts).toEqual([1])
  })
})
