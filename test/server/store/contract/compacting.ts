import assert from 'node:assert/strict'
import { conversationKey } from '../../../../src/server/store/index.js'
import type { Case } from './harness.js'
import { answer, isStored, question, Talk } from './talk.js'

const key = conversationKey('ann', 'demo')

async function folded(talk: Talk, ...taskIds: string[]) {
  for (const taskId of taskIds) {
    await talk.exchange(taskId)
    assert.equal((await talk.compactExchange(taskId)).result, 'ok')
  }
}

export const compacting: readonly Case[] = [
  [
    'folded events give way to messages, and neither rev nor end changes',
    async ({ nodes: [a, b] }) => {
      const talk = new Talk(a, key)
      await talk.exchange('t1')
      const before = await talk.position()
      const { result, position, base } = await talk.compactExchange('t1')
      assert.deepEqual([result, position, base], ['ok', before, 4])
      const read = await b.read(key)
      assert.deepEqual(read.position, before)
      assert.deepEqual([read.base, read.events], [4, []])
      assert.deepEqual(read.snapshot, { messages: [question('t1'), answer('t1', 'Hi')], older: 0 })
    },
  ],
  [
    'a reader before the base gets the messages, a reader at the base the events after',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await folded(talk, 't1')
      isStored(await talk.send('t2'))
      const { epoch } = await talk.position()
      const before = await talk.read({ after: { epoch, end: 3 } })
      assert.equal(before.snapshot?.messages.length, 2)
      const at = await talk.read({ after: { epoch, end: 4 } })
      assert.equal(at.snapshot, null)
      for (const { events } of [before, at])
        assert.deepEqual(
          events.map(({ offset }) => offset),
          [5],
        )
    },
  ],
  [
    'the base never moves back, nor does a fold from an older base replace a newer one',
    async ({ nodes: [a, b] }) => {
      const talk = new Talk(a, key)
      await talk.exchange('t1')
      const { epoch } = await talk.position()
      const changedMessages = [question('t1'), answer('t1', 'Hi')]
      const order = { keep: 0, ids: ['question-t1', 'answer-t1'] }
      const stale = {
        epoch,
        base: 0,
        offset: 2,
        changedMessages: [question('t1')],
        order: { keep: 0, ids: ['question-t1'] },
      }
      assert.equal((await a.compact(key, { epoch, base: 0, offset: 4, changedMessages, order })).result, 'ok')
      const before = await a.read(key)
      for (const offset of [2, 4])
        assert.equal((await b.compact(key, { ...stale, offset })).result, 'conflict')
      assert.deepEqual(await b.read(key), before)
    },
  ],
  [
    'a fold of another epoch, of nothing, or beyond the end conflicts',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await folded(talk, 't1')
      isStored(await talk.send('t2'))
      const before = await talk.read()
      const { epoch } = before.position
      const fold = { epoch, base: 4, offset: 5, changedMessages: [], order: { keep: 2, ids: [] } }
      for (const wrong of [{ epoch: 'another' }, { offset: 4 }, { offset: 3 }, { offset: 6 }, { base: 3 }]) {
        const { result, position, base } = await store.compact(key, { ...fold, ...wrong })
        assert.deepEqual([result, position, base], ['conflict', before.position, 4])
      }
      assert.deepEqual(await talk.read(), before)
      const unknown = await store.compact(conversationKey('ann', 'unknown'), fold)
      assert.equal(unknown.result, 'conflict')
    },
  ],
  [
    'events that are not folded stay in their places',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await talk.exchange('t1')
      const { epoch } = await talk.position()
      const order = { keep: 0, ids: ['question-t1'] }
      const fold = { epoch, base: 0, offset: 2, changedMessages: [question('t1')], order }
      assert.equal((await store.compact(key, fold)).result, 'ok')
      const { events, base } = await talk.read()
      assert.equal(base, 2)
      assert.deepEqual(
        events.map(({ offset, event }) => [offset, event.type]),
        [
          [3, 'delta'],
          [4, 'finish'],
        ],
      )
    },
  ],
  [
    'a run goes on over a fold, and its last step is still recognised',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      isStored(await talk.send('t1'))
      const lease = await talk.lease()
      isStored(await talk.start('t1', lease))
      const step = talk.streaming('t1', 'Hel', lease)
      const stored = isStored(await talk.append(step))
      assert.equal((await talk.compactExchange('t1', 'Hel')).result, 'ok')
      const again = isStored(await talk.append(step))
      assert.deepEqual([again.repeat, again.first, again.last], [true, stored.first, stored.last])
      assert.deepEqual((await talk.read()).running, { taskId: 't1', attempt: 1, try: 1 })
      isStored(await talk.stream('t1', 'lo', lease))
      isStored(await talk.finish('t1', lease))
      assert.deepEqual(await talk.texts(), ['lo'])
    },
  ],
  [
    'open tasks and their inputs outlive a fold',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      isStored(await talk.send('t1'))
      const before = (await talk.read()).tasks
      const { epoch } = await talk.position()
      const order = { keep: 0, ids: ['question-t1'] }
      const fold = { epoch, base: 0, offset: 1, changedMessages: [question('t1')], order }
      assert.equal((await store.compact(key, fold)).result, 'ok')
      assert.deepEqual((await talk.read()).tasks, before)
    },
  ],
  [
    'the order keeps its head, takes its new tail, and forgets the messages that fell out',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await folded(talk, 't1', 't2')
      isStored(await talk.send('t3'))
      const { position } = await talk.read()
      const changedMessages = [
        question('t3'),
        { ...question('t1'), parts: [{ type: 'text', text: 'Changed' }] },
      ]
      const fold = {
        epoch: position.epoch,
        base: 8,
        offset: 9,
        changedMessages,
        order: { keep: 1, ids: ['question-t3', 'answer-t1'] },
      }
      assert.equal((await store.compact(key, fold)).result, 'ok')
      const { snapshot } = await talk.read()
      assert.deepEqual(
        snapshot?.messages.map(({ id }) => id),
        ['question-t1', 'question-t3', 'answer-t1'],
      )
      assert.deepEqual(snapshot?.messages[0]?.parts, [{ type: 'text', text: 'Changed' }])
      assert.equal(await store.history(key, 'question-t2', 10), null)
    },
  ],
  [
    'an order that names a message which has no record, or one twice, is refused and changes nothing',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await folded(talk, 't1')
      isStored(await talk.send('t2'))
      const before = await talk.read()
      const fold = {
        epoch: before.position.epoch,
        base: 4,
        offset: 5,
        changedMessages: [question('t1'), question('t2')],
      }
      for (const order of [
        { keep: 2, ids: ['unknown'] },
        { keep: 2, ids: ['question-t2', 'question-t2'] },
        { keep: 2, ids: ['question-t1'] },
        { keep: 3, ids: [] },
      ]) {
        await assert.rejects(store.compact(key, { ...fold, order }), RangeError)
      }
      assert.deepEqual(await talk.read(), before)
    },
  ],
  [
    'private data of a part is kept by a fold',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      isStored(await talk.send('t1'))
      const { epoch } = await talk.position()
      const part = { type: 'reasoning', text: 'Hm', private: { signature: 'kept', empty: [], none: {} } }
      const message = { ...question('t1'), parts: [part] }
      const order = { keep: 0, ids: [message.id] }
      await store.compact(key, { epoch, base: 0, offset: 1, changedMessages: [message], order })
      assert.deepEqual((await talk.read()).snapshot?.messages, [message])
    },
  ],
  [
    'a reader gets the newest messages, and is told how many are older',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await folded(talk, 't1', 't2', 't3')
      const ids = ['question-t1', 'answer-t1', 'question-t2', 'answer-t2', 'question-t3', 'answer-t3']
      for (const max of [0, 1, 4, 6, 50, Number.POSITIVE_INFINITY]) {
        const { snapshot } = await talk.read({ max })
        const older = Math.max(0, 6 - max)
        assert.equal(snapshot?.older, older)
        assert.deepEqual(
          snapshot?.messages.map(({ id }) => id),
          ids.slice(older),
        )
      }
    },
  ],
  [
    'history gives the messages before a message, oldest first, with the events that may have changed them',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await folded(talk, 't1', 't2')
      isStored(await talk.send('t3'))
      const page = await store.history(key, 'question-t2', 1)
      assert.deepEqual(page?.messages, [answer('t1', 'Hi')])
      assert.equal(page?.older, 1)
      assert.deepEqual([page?.base, page?.position], [8, await talk.position()])
      assert.deepEqual(
        page?.events.map(({ offset }) => offset),
        [9],
      )
      assert.deepEqual(
        page?.tasks.map(({ taskId }) => taskId),
        ['t3'],
      )
      const first = await store.history(key, 'question-t1', 10)
      assert.deepEqual([first?.messages, first?.older], [[], 0])
      assert.equal(await store.history(key, 'question-t3', 10), null)
      assert.equal(await store.history(conversationKey('ann', 'unknown'), 'question-t1', 10), null)
    },
  ],
  [
    'a finished answer costs as much as its messages, not as its deltas',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      isStored(await talk.send('t1'))
      const lease = await talk.lease()
      isStored(await talk.start('t1', lease))
      for (let n = 0; n < 300; n += 1) isStored(await talk.stream('t1', 'word ', lease))
      isStored(await talk.finish('t1', lease))
      const { usage } = await talk.read()
      assert.ok(usage.bytes > 1_500)
      assert.equal((await talk.compactExchange('t1', 'word '.repeat(300))).result, 'ok')
      const { bytes } = (await talk.read()).usage
      assert.ok(bytes < 1_500 + 1_200, `${bytes} bytes`)
    },
  ],
]
