import { expect, it } from 'vitest'
import { Replicas } from '../../src/server/engine/replicas.js'
import { saying } from '../support/wire-client.js'
import { coreUnderTest, exchange, keyOf } from './core-under-test.js'

it('a fold that is larger than all may be is given up as others come', async () => {
  const test = await coreUnderTest()
  await exchange(test, 't1', saying('m1', 'x'.repeat(5000)))
  const none = () => {}
  const replicas = new Replicas({
    ...{ store: test.store, maxSize: 3000 },
    ...{ push: none, onReplaced: none, onDecided: none, onFailed: none },
  })
  await replicas.use(keyOf('ann'), (replica) => replica.load())
  await test.as('bob').send({ conversation_id: 'c', task_id: 't2', input: saying('m2', 'hi') })
  await replicas.use(keyOf('bob'), (replica) => replica.load())
  expect(replicas.peek(keyOf('ann'))).toBeUndefined()
  expect(replicas.size).toBe(1)
})
