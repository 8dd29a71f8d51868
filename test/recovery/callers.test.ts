import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/errors/app-error.js'
import { ErrorRecoveryManager } from '../../src/index.js'
import { settle } from '../support/virtual-clock.js'
import { failing, setup, watch } from './support.js'

it('nobody hears of a retry after the end', async () => {
  const { manager } = setup()
  const { operation } = failing(9, 1)
  const heard: string[] = []
  watch(manager.executeWithRetry('a', operation, () => void manager.cancel('a')))
  const note = (what: string) => () => void heard.push(what)
  watch(manager.executeWithRetry('a', operation, note('retry'), note('error')))
  await settle()
  expect(heard).toEqual(['error'])
})

describe('a translate that gives no AppError', () => {
  it.each([undefined, null, 'text', {}])('but %j: the task still rejects with one', async (given) => {
    const { manager, clock } = setup({ translate: () => given as never })
    const task = watch(manager.executeWithRetry('a', () => Promise.reject(new Error('boom'))))
    await clock.advance(60_000)
    expect(task.error).toBeInstanceOf(AppError)
  })
})

describe('a manager', () => {
  it.each(Object.entries({ clock: 5, random: 0.5, translate: 5, logger: {} }))(
    'is not made with a wrong %s, and says which option is wrong',
    (name, value) => {
      expect(() => new ErrorRecoveryManager({ [name]: value } as never)).toThrow(new RegExp(name))
    },
  )
})
