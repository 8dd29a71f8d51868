import assert from 'node:assert/strict'
import { conversationKey, digestOf, TOMBSTONE_MS } from '../../../../src/server/store/index.js'
import type { Case } from './harness.js'
import { failed, isStored, question, Talk, time } from './talk.js'

const key = conversationKey('ann', 'demo')

export const accepting: readonly Case[] = [
  [
    'an accepted step is answered with its offsets and the new position',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      const { epoch } = await talk.position()
      assert.deepEqual(await talk.send('t1'), {
        result: 'ok',
        position: { epoch, rev: 1, end: 1 },
        first: 1,
        last: 1,
        repeat: false,
      })
    },
  ],
  [
    'a task is accepted once, over whichever node it comes again, and the repeat is told what the task is',
    async ({ nodes }) => {
      const step = await new Talk(nodes[0], key).accepting('t1')
      isStored(await nodes[0].append(key, step))
      for (const node of nodes) {
        const again = await node.append(key, step)
        assert.equal(again.result, 'known')
        if (again.result !== 'known') continue
        assert.equal(again.sameInput, true)
        assert.deepEqual([again.task.taskId, again.task.state, again.task.storedAt], ['t1', 'queued', 1])
        assert.equal(again.position.end, 1)
      }
      assert.equal((await nodes[1].read(key)).position.end, 1)
    },
  ],
  [
    'a task that comes over two nodes in one instant is accepted once',
    async ({ nodes }) => {
      for (let round = 0; round < 20; round += 1) {
        const step = await new Talk(nodes[0], key).accepting(`t${round}`)
        const answers = await Promise.all([0, 1, 2, 3].map((n) => nodes[n % 2 ? 0 : 1].append(key, step)))
        assert.deepEqual(answers.map(({ result }) => result).toSorted(), ['known', 'known', 'known', 'ok'])
      }
      assert.equal((await nodes[0].read(key)).position.end, 20)
    },
  ],
  [
    'a known task with another input is told apart',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      isStored(await talk.send('t1'))
      const input = { kind: 'message', message: question('t1', 'Another') } as const
      const again = await talk.send('t1', { input, digest: digestOf(input) })
      assert.equal(again.result === 'known' && again.sameInput, false)
      assert.equal(again.result, 'known')
    },
  ],
  [
    'a task id is recognised after the task is over and its events are folded',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await talk.exchange('t1')
      assert.equal((await talk.compactExchange('t1')).result, 'ok')
      await talk.exchange('t2')
      assert.equal((await talk.compactExchange('t2')).result, 'ok')
      for (const taskId of ['t1', 't2']) {
        const again = await talk.send(taskId)
        assert.equal(again.result, 'known')
        if (again.result !== 'known') continue
        assert.deepEqual([again.task.state, again.sameInput], ['finished', true])
        assert.equal(again.task.messageId, `answer-${taskId}`)
      }
      assert.equal((await talk.position()).end, 8)
    },
  ],
  [
    'a decision from an older rev conflicts and stores nothing',
    async ({ nodes: [a, b] }) => {
      const late = await new Talk(a, key).accepting('t1')
      isStored(await new Talk(b, key).send('t2'))
      const before = await a.read(key)
      assert.deepEqual(await a.append(key, late), { result: 'conflict', position: before.position })
      assert.deepEqual(await b.read(key), before)
    },
  ],
  [
    'of decisions that are made from one rev at the same time one is stored',
    async ({ nodes }) => {
      const steps = await Promise.all(
        [0, 1, 2, 3, 4].map((n) => new Talk(nodes[n % 2 ? 0 : 1], key).accepting(`t${n}`)),
      )
      const answers = await Promise.all(steps.map((step, n) => nodes[n % 2 ? 0 : 1].append(key, step)))
      assert.deepEqual(answers.map(({ result }) => result).toSorted(), [
        'conflict',
        'conflict',
        'conflict',
        'conflict',
        'ok',
      ])
      assert.equal((await nodes[0].read(key)).tasks.length, 1)
    },
  ],
  [
    'rev rises with every decision, also with one that has no event',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      assert.equal(isStored(await talk.send('t1')).position.rev, 1)
      const lease = await talk.lease()
      assert.equal(isStored(await talk.start('t1', lease)).position.rev, 2)
      const fail = await talk.stream('t1', '', lease, { events: [], tasks: [failed('t1')], running: null })
      assert.equal(isStored(fail).position.rev, 3)
      const before = await talk.position()
      const retry = isStored(await talk.decide({ tasks: [failed('t1', 2)] }))
      assert.deepEqual(retry.position, { ...before, rev: 4 })
      assert.deepEqual([retry.first, retry.last], [before.end + 1, before.end])
      assert.equal(isStored(await talk.stop('t1')).position.rev, 5)
    },
  ],
  [
    'a stored retry is read by every node',
    async ({ nodes: [a, b] }) => {
      const talk = new Talk(a, key)
      isStored(await talk.send('t1'))
      isStored(await talk.decide({ tasks: [failed('t1', 2)] }))
      const kept = failed('t1', 2)
      const [task] = (await b.read(key)).tasks
      assert.equal(task?.retry, 2)
      assert.equal(task?.state, 'failed')
      assert.deepEqual({ ...task, ...kept }, task)
      assert.deepEqual(task?.input, { kind: 'message', message: question('t1') })
    },
  ],
  [
    'a stop that comes before the send is found by the send, whatever its input',
    async ({ nodes: [a, b] }) => {
      isStored(await new Talk(a, key).stop('t1'))
      const late = await new Talk(b, key).send('t1')
      assert.equal(late.result, 'known')
      if (late.result !== 'known') return
      assert.deepEqual([late.task.state, late.sameInput, late.task.storedAt], ['stopped', true, 1])
      const { position, tasks, usage } = await a.read(key)
      assert.deepEqual([position.end, tasks, usage.tombstones], [1, [], 1])
    },
  ],
  [
    'a tombstone is kept for 48 hours, whatever is stored and folded meanwhile',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      isStored(await talk.stop('t0'))
      const { position } = await talk.read()
      const order = { keep: 0, ids: [] }
      const fold = { epoch: position.epoch, base: 0, offset: 1, changedMessages: [], order }
      assert.equal((await store.compact(key, fold)).result, 'ok')
      isStored(await talk.stop('t1', { at: time + TOMBSTONE_MS - 1 }))
      assert.equal((await talk.send('t0')).result, 'known')
      assert.equal((await talk.read()).usage.tombstones, 2)
    },
  ],
  [
    'tasks that a step ends without an event of their own are over',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      for (const taskId of ['t1', 't2']) isStored(await talk.send(taskId))
      isStored(
        await talk.send('t3', {
          events: [{ type: 'truncate', task_id: 't3', from_message_id: 'question-t1' }],
          tasks: [
            { taskId: 't1', state: 'stopped', attempt: 1 },
            { taskId: 't2', state: 'stopped', attempt: 1 },
            { taskId: 't3', state: 'queued', attempt: 1 },
          ],
        }),
      )
      const { tasks, known } = await talk.read({ taskIds: ['t1', 't2'] })
      assert.deepEqual(
        [...tasks, ...known].map(({ taskId, state }) => [taskId, state]),
        [
          ['t3', 'queued'],
          ['t1', 'stopped'],
          ['t2', 'stopped'],
        ],
      )
    },
  ],
  [
    'a task that is over is not opened again',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await talk.exchange('t1')
      const before = await talk.read()
      await assert.rejects(
        talk.decide({ tasks: [{ taskId: 't1', state: 'queued', attempt: 2 }] }),
        RangeError,
      )
      assert.deepEqual(await talk.read(), before)
    },
  ],
  [
    'a step that is no JSON is refused and stores nothing',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      await assert.rejects(talk.send('t1', { user: { id: 1n } }), TypeError)
      assert.equal((await talk.read()).exists, false)
      isStored(await talk.send('t1'))
    },
  ],
  [
    'a step is kept as it was when it was appended, whatever becomes of the object',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      const user = { id: 'ann', roles: ['reader'] }
      const step = await talk.accepting('t1', { user })
      const stored = talk.append(step)
      user.roles.push('admin')
      isStored(await stored)
      assert.deepEqual((await talk.read()).tasks[0]?.user, { id: 'ann', roles: ['reader'] })
    },
  ],
]
