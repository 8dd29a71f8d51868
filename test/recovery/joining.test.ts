import { describe, expect, it } from 'vitest'
import { settle } from '../support/virtual-clock.js'
import { countedAbort, failing, held, setup, temporary, watch } from './support.js'

describe('a second call with the id of a running task', () => {
  it('joins it: one operation, one result, for both', async () => {
    const { manager } = setup()
    const first = held<string>()
    const second = failing(0, 'other')
    const outcomes = [
      watch(manager.executeWithRetry('task', first.operation)),
      watch(manager.executeWithRetry('task', second.operation)),
    ]
    first.settlers[0]?.resolve('answer')
    await settle()
    expect(outcomes.map(({ value }) => value)).toEqual(['answer', 'answer'])
    expect(second.attempts).toEqual([])
  })

  it('hears of the retries that follow, and of the end', async () => {
    const { clock, manager } = setup()
    const heard: string[] = []
    const callbacks = (who: string) => ({
      onRetry: (attempt: number) => heard.push(`${who} retry ${attempt}`),
      onError: () => heard.push(`${who} error`),
    })
    const { operation } = failing(9, 'answer')
    watch(manager.executeWithRetry('task', operation, callbacks('first')))
    await settle()
    watch(manager.executeWithRetry('task', operation, callbacks('second')))
    await clock.advance(60_000)
    expect(heard).toEqual(['first retry 1', 'first retry 2', 'second retry 2', 'first error', 'second error'])
  })

  it('leaves alone when its own signal is aborted', async () => {
    const { manager } = setup()
    const { operation, settlers, signals } = held<string>()
    const { controller, signal } = countedAbort()
    const first = watch(manager.executeWithRetry('task', operation))
    const second = watch(manager.executeWithRetry('task', operation, { signal }))
    controller.abort('closed the panel')
    await settle()
    expect(second.error).toMatchObject({ code: 'cancelled', cause: 'closed the panel' })
    expect(signals[0]?.aborted).toBe(false)
    settlers[0]?.resolve('answer')
    await settle()
    expect(first.value).toBe('answer')
  })

  it('keeps the task going when the one who began it leaves', async () => {
    const { manager } = setup()
    const { operation, settlers } = held<string>()
    const controller = new AbortController()
    const first = watch(manager.executeWithRetry('task', operation, { signal: controller.signal }))
    const second = watch(manager.executeWithRetry('task', operation))
    controller.abort()
    settlers[0]?.resolve('answer')
    await settle()
    expect(first.error).toMatchObject({ code: 'cancelled' })
    expect(second.value).toBe('answer')
  })

  it('hears of the end once, though another call of the task takes it away in that instant', async () => {
    const { manager } = setup()
    const { operation } = held<string>()
    const controller = new AbortController()
    const said: string[] = []
    const first = { onError: () => controller.abort() }
    const second = {
      signal: controller.signal,
      onError: ({ code }: { code: string }) => void said.push(code),
    }
    watch(manager.executeWithRetry('task', operation, first))
    const outcome = watch(manager.executeWithRetry('task', operation, second))
    manager.close()
    await settle()
    expect(said).toHaveLength(1)
    expect(outcome.settled).toBe(1)
  })

  it('ends the task when it was the last to leave', async () => {
    const { manager } = setup()
    const { operation, signals } = held<string>()
    const controllers = [new AbortController(), new AbortController()]
    for (const { signal } of controllers) watch(manager.executeWithRetry('task', operation, { signal }))
    controllers[0]?.abort()
    expect(signals[0]?.aborted).toBe(false)
    controllers[1]?.abort()
    expect(signals[0]?.aborted).toBe(true)
    expect(manager.cancel('task')).toBe(false)
  })

  it('runs on its own once the first is over', async () => {
    const { manager } = setup()
    const ids: string[] = []
    const onError = () => {
      void manager.executeWithRetry('task', () => ids.push('second'))
    }
    const error = temporary({ retryable: false })
    const first = watch(manager.executeWithRetry('task', () => Promise.reject(error), { onError }))
    await settle()
    expect(first.error).toBe(error)
    expect(ids).toEqual(['second'])
  })
})
