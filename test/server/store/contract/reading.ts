import assert from 'node:assert/strict'
import { conversationKey } from '../../../../src/server/store/index.js'
import { type Case, minute } from './harness.js'
import { delta, isStored, question, Talk, time } from './talk.js'

const key = conversationKey('ann', 'demo')

export const reading: readonly Case[] = [
  [
    'an unknown conversation is empty',
    async ({ nodes: [store] }) => {
      const read = await store.read(key)
      assert.equal(read.exists, false)
      assert.deepEqual({ ...read.position, epoch: '' }, { epoch: '', rev: 0, end: 0 })
      assert.deepEqual([read.base, read.events, read.tasks, read.running], [0, [], [], null])
      assert.deepEqual(read.snapshot, { messages: [], older: 0 })
      assert.ok(read.position.epoch.length >= 1 && read.position.epoch.length <= 128)
    },
  ],
  [
    'two nodes name the same epoch for an unknown conversation, for 10 minutes, and the first step begins that epoch',
    async ({ nodes: [a, b], advance }) => {
      const { epoch } = (await a.read(key)).position
      assert.equal((await b.read(key)).position.epoch, epoch)
      await advance(10 * minute - 1)
      assert.equal((await b.read(key)).position.epoch, epoch)
      assert.equal(isStored(await new Talk(b, key).send('t1')).position.epoch, epoch)
      assert.equal((await a.read(key)).position.epoch, epoch)
    },
  ],
  [
    'two conversations have two epochs',
    async ({ nodes: [store] }) => {
      const other = await store.read(conversationKey('bob', 'demo'))
      assert.notEqual((await store.read(key)).position.epoch, other.position.epoch)
    },
  ],
  [
    'a step of an epoch that nobody named is a conflict',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      const { result } = await talk.send('t1', { expect: { epoch: 'another', rev: 0 } })
      assert.equal(result, 'conflict')
      assert.equal((await talk.read()).exists, false)
    },
  ],
  [
    'events have offsets from 1 without holes, and the time of their step',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await talk.exchange('t1')
      const { events, position } = await talk.read()
      assert.deepEqual(
        events.map(({ offset, event }) => [offset, event.type]),
        [
          [1, 'message'],
          [2, 'start'],
          [3, 'delta'],
          [4, 'finish'],
        ],
      )
      assert.equal(position.end, 4)
      assert.ok(events.every(({ at }) => at === time))
      assert.deepEqual(events[2]?.event, delta('t1', 'Hi'))
    },
  ],
  [
    'a reader at a position gets the events after that position and no snapshot',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await talk.exchange('t1')
      const { position } = await talk.read()
      for (let end = 0; end <= position.end; end += 1) {
        const { events, snapshot } = await talk.read({ after: { epoch: position.epoch, end } })
        assert.equal(snapshot, null)
        assert.deepEqual(
          events.map(({ offset }) => offset),
          [1, 2, 3, 4].slice(end),
        )
      }
    },
  ],
  [
    'a reader of another epoch, or beyond the end, gets a snapshot and never events after its position',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await talk.exchange('t1')
      const { position } = await talk.read()
      for (const after of [
        { epoch: 'another', end: 2 },
        { epoch: position.epoch, end: position.end + 1 },
      ]) {
        const { events, snapshot } = await talk.read({ after })
        assert.deepEqual(snapshot, { messages: [], older: 0 })
        assert.equal(events[0]?.offset, 1)
      }
    },
  ],
  [
    'open tasks are read whole and in the order of their first steps, whatever the reader has',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      const user = { id: 'ann', roles: ['admin'], nested: { empty: {}, none: [], nothing: null } }
      for (const taskId of ['t2', 't1', 't10']) isStored(await talk.send(taskId, { user }))
      const { position } = await talk.read()
      for (const options of [{ max: 0 }, { after: position }]) {
        const { tasks } = await talk.read(options)
        assert.deepEqual(
          tasks.map(({ taskId, storedAt }) => [taskId, storedAt]),
          [
            ['t2', 1],
            ['t1', 2],
            ['t10', 3],
          ],
        )
        const [first] = tasks
        assert.deepEqual(first?.user, user)
        assert.deepEqual(first?.input, { kind: 'message', message: question('t2') })
        assert.deepEqual([first?.state, first?.attempt, first?.inputMessageId], ['queued', 1, 'question-t2'])
      }
    },
  ],
  [
    'a task that is not over is looked up whole; a task that is unknown is left out',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await talk.exchange('t1')
      isStored(await talk.send('t2'))
      const { known } = await talk.read({ taskIds: ['t1', 't2', 't3'] })
      assert.deepEqual(
        known.map(({ taskId, state }) => [taskId, state]),
        [
          ['t1', 'finished'],
          ['t2', 'queued'],
        ],
      )
      assert.equal(known[0]?.messageId, 'answer-t1')
      assert.equal(known[0]?.storedAt, 1)
    },
  ],
  [
    'JSON is read as it was stored: empty arrays and objects, null, numbers, any text, odd names of fields',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      const value = JSON.parse(
        '{"none":[],"empty":{},"nothing":null,"deep":[[[]],[{}]],"zero":0,"half":0.1,"big":9007199254740991,' +
          '"tiny":1e-7,"huge":1e300,"__proto__":{"x":1},"":"","1":"one","text":"\\u0000\\n\\r\\u2028 \\ud83d\\ude00 é"}',
      )
      const part = { type: 'data', name: 'all', value, private: { signature: 'kept' } }
      const event = { type: 'part', task_id: 't1', message_id: 'answer-t1', part: 0, value: part } as const
      isStored(await talk.send('t1', { events: [event], user: value }))
      const { events, tasks } = await talk.read()
      assert.deepEqual(events[0]?.event, event)
      assert.equal(JSON.stringify(events[0]?.event), JSON.stringify(event))
      assert.deepEqual(tasks[0]?.user, value)
    },
  ],
  [
    'conversations do not meet, whatever their ids are made of',
    async ({ nodes: [store] }) => {
      const ids: [string, string][] = [
        ['a', 'b:c'],
        ['a:b', 'c'],
        ['a', '../b'],
        ['a/..', 'b'],
        ['A', 'b:c'],
        ['a', `${'x'.repeat(127)}1`],
        ['a', `${'x'.repeat(127)}2`],
        ['ä', '}{*\u0000\n'],
        ['{a}', '}b{'],
      ]
      for (const [index, id] of ids.entries()) {
        isStored(await new Talk(store, conversationKey(...id)).send(`t${index}`))
      }
      for (const [index, id] of ids.entries()) {
        const { tasks, position } = await store.read(conversationKey(...id))
        assert.deepEqual([tasks.map(({ taskId }) => taskId), position.end], [[`t${index}`], 1])
      }
    },
  ],
  [
    'counts the conversations of a scope for a conversation that does not exist yet',
    async ({ nodes: [a, b] }) => {
      for (const id of ['one', 'two', 'three']) await new Talk(a, conversationKey('ann', id)).send('t1')
      await new Talk(a, conversationKey('bob', 'one')).send('t1')
      assert.equal((await b.read(conversationKey('ann', 'new'))).usage.conversationsInScope, 3)
      assert.equal((await b.read(conversationKey('cy', 'new'))).usage.conversationsInScope, 0)
    },
  ],
]
