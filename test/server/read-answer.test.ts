import { expect, it } from 'vitest'
import { saying } from '../support/wire-client.js'
import { coreUnderTest } from './core-under-test.js'

it('an iterator whose return throws costs no answer that has come to its end', async () => {
  let chunks = 0
  const respond = () => ({
    [Symbol.asyncIterator]: () => ({
      next: async () =>
        chunks++ === 0
          ? { done: false as const, value: 'hi' }
          : { done: true as const, value: undefined },
      return: () => {
        throw new Error('already closed')
      },
    }),
  })
  const test = await coreUnderTest({ respond })
  await test.send('t1', saying('m1', 'hi'))
  expect(test.summary()).toEqual(['message t1', 'start t1', 'delta t1', 'finish t1'])
})
