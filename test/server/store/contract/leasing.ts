import assert from 'node:assert/strict'
import { conversationKey } from '../../../../src/server/store/index.js'
import type { Case } from './harness.js'
import { isStored, Talk } from './talk.js'

const key = conversationKey('ann', 'demo')

export const leasing: readonly Case[] = [
  [
    'arguments that make no sense are refused and change nothing',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      isStored(await talk.send('t1'))
      const step = await talk.deciding({})
      const order = { keep: 0, ids: [] }
      const fold = { epoch: step.expect.epoch, base: 0, offset: 1, changedMessages: [], order }
      const wrong = [
        () => store.lease(key, 'node-a', 0),
        () => store.lease(key, 'node-a', Number.NaN),
        () => store.lease(key, '', 1_000),
        () => store.read(key, { max: -1 }),
        () => store.read(key, { max: 0.5 }),
        () => store.history(key, 'question-t1', Number.NaN),
        () => store.compact(key, { ...fold, offset: 0.5 }),
        () => store.compact(key, { ...fold, order: { keep: Number.NaN, ids: [] } }),
        () => store.append(key, { ...step, at: Number.NaN }),
        () => store.append(key, { ...step, keepMs: -1 }),
        () => store.append(key, { ...step, lease: { fence: 0, seq: 1 } }),
      ]
      for (const call of wrong) await assert.rejects(call, RangeError)
      assert.deepEqual(await talk.position(), { ...step.expect })
      assert.equal((await talk.read()).holder, null)
    },
  ],
  [
    'one node at a time holds the lease of a conversation',
    async ({ nodes: [a, b] }) => {
      const talk = new Talk(a, key)
      isStored(await talk.send('t1'))
      const lease = await talk.lease('node-a')
      assert.equal(await b.lease(key, 'node-b', 15_000), null)
      assert.equal((await b.read(key)).holder, 'node-a')
      assert.deepEqual(lease.position, await talk.position())
      assert.ok(await b.lease(conversationKey('ann', 'other'), 'node-b', 15_000))
    },
  ],
  [
    'of nodes that ask at the same time one gets the lease',
    async ({ nodes }) => {
      isStored(await new Talk(nodes[0], key).send('t1'))
      const leases = await Promise.all(
        [0, 1, 2, 3].map((n) => nodes[n % 2 ? 0 : 1].lease(key, `node-${n}`, 15_000)),
      )
      assert.equal(leases.filter((lease) => lease !== null).length, 1)
    },
  ],
  [
    'a lease that expired goes to another node, with a higher fence, and the old one can’t be renewed',
    async ({ nodes: [a, b], advance }) => {
      isStored(await new Talk(a, key).send('t1'))
      const old = await new Talk(a, key).lease('node-a', 15_000)
      await advance(14_999)
      assert.equal(await b.lease(key, 'node-b', 15_000), null)
      await advance(2)
      assert.equal((await a.read(key)).holder, null)
      const lease = await new Talk(b, key).lease('node-b')
      assert.ok(lease.fence > old.fence)
      assert.equal(await old.renew(15_000), null)
      assert.equal((await a.read(key)).holder, 'node-b')
    },
  ],
  [
    'renewing extends the lease and tells the position',
    async ({ nodes: [a, b], advance }) => {
      isStored(await new Talk(a, key).send('t1'))
      const lease = await new Talk(a, key).lease('node-a', 15_000)
      await advance(10_000)
      isStored(await new Talk(b, key).send('t2'))
      assert.deepEqual(await lease.renew(15_000), (await b.read(key)).position)
      await advance(10_000)
      assert.equal(await b.lease(key, 'node-b', 15_000), null)
    },
  ],
  [
    'a node that asks again gets a higher fence, and its older one is over',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      isStored(await talk.send('t1'))
      const old = await talk.lease('node-a')
      const lease = await talk.lease('node-a')
      assert.ok(lease.fence > old.fence)
      assert.equal(await old.renew(15_000), null)
      const late = await talk.decide({ lease: { fence: old.fence, seq: 1 } })
      assert.equal(late.result, 'fenced')
      isStored(await talk.start('t1', lease))
    },
  ],
  [
    'a released lease is free at once, and its fence is not given again',
    async ({ nodes: [a, b] }) => {
      isStored(await new Talk(a, key).send('t1'))
      const old = await new Talk(a, key).lease('node-a')
      await old.release()
      assert.equal(await old.renew(15_000), null)
      assert.equal((await b.read(key)).holder, null)
      const lease = await new Talk(b, key).lease('node-b')
      assert.ok(lease.fence > old.fence)
    },
  ],
  [
    'releasing a lease that is over does not free the lease that came after',
    async ({ nodes: [a, b], advance }) => {
      isStored(await new Talk(a, key).send('t1'))
      const old = await new Talk(a, key).lease('node-a', 1_000)
      await advance(1_001)
      await new Talk(b, key).lease('node-b')
      await old.release()
      assert.equal(await a.lease(key, 'node-c', 1_000), null)
    },
  ],
  [
    'a lease that expired, and that nobody took, still appends and can be renewed',
    async ({ nodes: [store], advance }) => {
      const talk = new Talk(store, key)
      isStored(await talk.send('t1'))
      const lease = await talk.lease('node-a', 1_000)
      isStored(await talk.start('t1', lease))
      await advance(5_000)
      isStored(await talk.stream('t1', 'x', lease))
      assert.ok(await lease.renew(15_000))
      assert.equal((await talk.read()).holder, 'node-a')
    },
  ],
  [
    'the fence rises over all leases of a conversation, also after its work is over',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      let fence = 0
      for (let n = 0; n < 5; n += 1) {
        await talk.exchange(`t${n}`)
        await store.due()
        const lease = await talk.lease('node-b')
        assert.ok(lease.fence > fence)
        fence = lease.fence
        await lease.release()
      }
    },
  ],
]
