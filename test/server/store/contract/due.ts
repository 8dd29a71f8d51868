import assert from 'node:assert/strict'
import { conversationKey } from '../../../../src/server/store/index.js'
import { type Case, minute } from './harness.js'
import { failed, isStored, Talk } from './talk.js'

const key = conversationKey('ann', 'demo')
const other = conversationKey('bob', 'demo')

export const due: readonly Case[] = [
  [
    'queued work that never had a lease is due',
    async ({ nodes: [a, b] }) => {
      assert.deepEqual(await b.due(), [])
      isStored(await new Talk(a, key).send('t1'))
      assert.deepEqual(await b.due(), [key])
    },
  ],
  [
    'work is not due while a node holds its lease, and is due once the lease is released or has expired',
    async ({ nodes: [a, b], advance }) => {
      const talk = new Talk(a, key)
      isStored(await talk.send('t1'))
      const lease = await talk.lease('node-a')
      assert.deepEqual(await b.due(), [])
      await lease.release()
      assert.deepEqual(await b.due(), [key])
      await talk.lease('node-a', 15_000)
      isStored(await talk.decide({ tasks: [{ taskId: 't1', state: 'running', attempt: 1 }] }))
      assert.deepEqual(await b.due(), [])
      await advance(15_001)
      assert.deepEqual(await b.due(), [key])
    },
  ],
  [
    'work under a lease is named if it is asked for, and what is over is not',
    async ({ nodes: [a, b] }) => {
      const talk = new Talk(a, key)
      isStored(await talk.send('t1'))
      const lease = await talk.lease('node-a')
      isStored(await new Talk(a, other).send('t1'))
      assert.deepEqual(new Set(await b.due(100, { held: true })), new Set([key, other]))
      assert.equal((await b.due(1, { held: true })).length, 1)
      isStored(await talk.start('t1', lease))
      isStored(await talk.finish('t1', lease))
      assert.deepEqual(await b.due(100, { held: true }), [other])
    },
  ],
  [
    'a conversation whose work is over is not due',
    async ({ nodes: [store], advance }) => {
      const talk = new Talk(store, key)
      await talk.exchange('t1')
      isStored(await talk.send('t2'))
      isStored(await talk.stop('t2'))
      assert.deepEqual(await store.due(), [])
      await advance(10 * minute)
      assert.deepEqual(await store.due(), [])
    },
  ],
  [
    'a failed task is due only once its retry is stored',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      isStored(await talk.send('t1'))
      isStored(await talk.decide({ tasks: [failed('t1')] }))
      assert.deepEqual(await store.due(), [])
      isStored(await talk.decide({ tasks: [failed('t1', 2)] }))
      assert.deepEqual(await store.due(), [key])
    },
  ],
  [
    'a conversation stays due after the end of one task while another one is open',
    async ({ nodes: [a, b], advance }) => {
      const talk = new Talk(a, key)
      isStored(await talk.send('t1'))
      isStored(await talk.send('t2'))
      const lease = await talk.lease()
      isStored(await talk.start('t1', lease))
      isStored(await talk.finish('t1', lease))
      await lease.release()
      assert.deepEqual(await b.due(), [key])
      await advance(10 * minute)
      assert.deepEqual(await b.due(), [key])
    },
  ],
  [
    'work that comes right after other work ended is due, however the lists are tidied meanwhile',
    async ({ nodes: [a, b], advance }) => {
      const talk = new Talk(a, key)
      for (let n = 0; n < 10; n += 1) {
        await talk.exchange(`t${n}`)
        await advance(2 * minute)
        const next = await talk.accepting(`next-${n}`)
        const [, answer] = await Promise.all([b.due(), talk.append(next)])
        isStored(answer)
        assert.deepEqual(await b.due(), [key])
        await advance(2 * minute)
        assert.deepEqual(await a.due(), [key])
        isStored(await talk.stop(`next-${n}`))
      }
    },
  ],
  [
    'what waits longest comes first, and no more than asked for',
    async ({ nodes: [store], advance }) => {
      isStored(await new Talk(store, other).send('t1'))
      await advance(1_000)
      isStored(await new Talk(store, key).send('t1'))
      assert.deepEqual(await store.due(), [other, key])
      assert.deepEqual(await store.due(1), [other])
    },
  ],
]
