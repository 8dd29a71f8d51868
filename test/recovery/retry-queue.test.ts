import { afterEach, describe, expect, it, vi } from 'vitest'
import { settle } from '../support/virtual-clock.js'
import { failing, setup, temporary, watch } from './support.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('retryQueue', () => {
  it('shows what waits: which attempt comes next, when, and why', async () => {
    const { clock, manager, start } = setup()
    const error = temporary()
    watch(
      manager.executeWithRetry('task', failing(9, 1, error).operation, { scope: 'upload', maxAttempts: 4 }),
    )
    expect(manager.retryQueue.size).toBe(0)
    await settle()
    const waiting = { taskId: 'task', scope: 'upload', maxAttempts: 4, error }
    expect(manager.retryQueue.get('task')).toEqual({ ...waiting, attempt: 2, nextRetryAt: start + 500 })
    await clock.advance(500)
    expect(manager.retryQueue.get('task')).toEqual({ ...waiting, attempt: 3, nextRetryAt: start + 1500 })
    await clock.advance(60_000)
    expect(manager.retryQueue.size).toBe(0)
  })

  it('is the same object until it changes, and what was read stays as it was', async () => {
    const { clock, manager } = setup()
    const empty = manager.retryQueue
    expect(manager.retryQueue).toBe(empty)
    watch(manager.executeWithRetry('task', failing(1, 1).operation))
    await settle()
    const one = manager.retryQueue
    expect(manager.retryQueue).toBe(one)
    await clock.advance(60_000)
    expect([empty.size, one.size, manager.retryQueue.size]).toEqual([0, 1, 0])
  })

  it('no longer shows a task to the operation that it runs', async () => {
    const { clock, manager } = setup()
    const seen: number[] = []
    const operation = () => {
      seen.push(manager.retryQueue.size)
      throw temporary()
    }
    watch(manager.executeWithRetry('task', operation))
    await settle()
    expect(manager.retryQueue.size).toBe(1)
    await clock.advance(60_000)
    expect(seen).toEqual([0, 0, 0])
  })

  it('cannot be changed from outside, not even by a cast', async () => {
    const { manager } = setup()
    watch(manager.executeWithRetry('task', failing(9, 1).operation))
    await settle()
    const queue = manager.retryQueue as Map<string, unknown>
    for (const change of [() => queue.clear(), () => queue.delete('task'), () => queue.set('x', 1)]) {
      expect(change).toThrow('unable to change retryQueue; it is read-only')
    }
    expect(() => Object.assign(queue.get('task') as object, { attempt: 9 })).toThrow(TypeError)
    expect(manager.retryQueue.size).toBe(1)
  })

  it('cannot be changed in production either, where no method would do it', () => {
    vi.stubEnv('NODE_ENV', 'production')
    const queue = setup().manager.retryQueue as Map<string, unknown>
    expect(() => queue.set('x', 1)).toThrow(TypeError)
    expect(() => queue.clear()).toThrow(TypeError)
  })

  it('is announced after each change, to each listener, until it is taken back', async () => {
    const { clock, manager } = setup()
    const sizes: number[] = []
    const listener = () => void sizes.push(manager.retryQueue.size)
    const unsubscribe = [manager.subscribe(listener), manager.subscribe(listener)]
    watch(manager.executeWithRetry('task', failing(2, 1).operation))
    await settle()
    expect(sizes).toEqual([1, 1])
    unsubscribe[0]?.()
    unsubscribe[0]?.()
    await clock.advance(500)
    expect(sizes.slice(2)).toEqual([0, 1])
    unsubscribe[1]?.()
    await clock.advance(60_000)
    expect(sizes.length).toBe(4)
  })

  it('keeps what was read however much changes afterwards, and lists it in the order of making', async () => {
    const { clock, manager, start } = setup({ retryBudget: false })
    const run = (id: number) =>
      watch(manager.executeWithRetry(`task ${id}`, failing(9, 1).operation, { maxAttempts: 9 }))
    const read: { ids: string[]; at: (number | undefined)[]; queue: typeof manager.retryQueue }[] = []
    const note = () => {
      const queue = manager.retryQueue
      const ids = [...queue.keys()]
      read.push({ ids, at: ids.map((id) => queue.get(id)?.nextRetryAt), queue })
    }
    for (let id = 0; id < 200; id++) run(id)
    await settle()
    note()
    const kept = manager.retryQueue
    for (let id = 0; id < 200; id += 3) {
      manager.retryNow(`task ${id}`)
      await settle()
      manager.cancel(`task ${(id * 7) % 200}`)
      note()
    }
    await clock.advance(1500)
    note()
    expect([...kept.keys()]).toEqual(Array.from({ length: 200 }, (_, id) => `task ${id}`))
    expect(new Set([...kept.values()].map((task) => task.nextRetryAt))).toEqual(new Set([start + 500]))
    for (const { ids, at, queue } of read) {
      expect(queue.size).toBe(ids.length)
      expect([...queue].map(([id, task]) => [id, task.nextRetryAt])).toEqual(ids.map((id, i) => [id, at[i]]))
      expect([...queue.entries()].every(([id, task]) => queue.get(id) === task && queue.has(id))).toBe(true)
      const order = ids.map((id) => Number(id.slice(5)))
      expect(order).toEqual([...order].sort((a, b) => a - b))
      const seen: string[] = []
      queue.forEach((_task, id) => void seen.push(id))
      expect(seen).toEqual(ids)
      expect(queue.get('none')).toBeUndefined()
    }
  })

  it('no longer shows a task when those who wait for it hear of its end', async () => {
    const { manager } = setup()
    const sizes: number[] = []
    const onError = () => void sizes.push(manager.retryQueue.size)
    watch(manager.executeWithRetry('task', failing(9, 1).operation, { onError }))
    await settle()
    manager.cancel('task')
    expect(sizes).toEqual([0])
  })
})
