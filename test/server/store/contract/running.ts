import assert from 'node:assert/strict'
import { conversationKey } from '../../../../src/server/store/index.js'
import type { Case } from './harness.js'
import { failed, isStored, running as runningTask, runOf, startOf, Talk } from './talk.js'

const key = conversationKey('ann', 'demo')

/** A conversation in which `t1` runs. */
async function begun(talk: Talk, node?: string, ttlMs?: number) {
  isStored(await talk.send('t1'))
  const lease = await talk.lease(node, ttlMs)
  isStored(await talk.start('t1', lease))
  return lease
}

export const running: readonly Case[] = [
  [
    'what runs is read by every node, with its holder',
    async ({ nodes: [a, b] }) => {
      await begun(new Talk(a, key))
      const { running, holder, tasks } = await b.read(key)
      assert.deepEqual([running, holder], [runOf('t1'), 'node-a'])
      assert.deepEqual([tasks[0]?.state, tasks[0]?.messageId], ['running', 'answer-t1'])
    },
  ],
  [
    'a text that is cut in the middle of a character comes back as it was, for every node',
    async ({ nodes: [a, b] }) => {
      const talk = new Talk(a, key)
      const lease = await begun(talk)
      for (const half of ['one \ud83d', '\ude00 two']) isStored(await talk.stream('t1', half, lease))
      assert.equal((await new Talk(b, key).texts()).join(''), 'one \u{1f600} two')
    },
  ],
  [
    'deltas do not make a decision conflict',
    async ({ nodes: [a, b] }) => {
      const talk = new Talk(a, key)
      const lease = await begun(talk)
      const stop = await new Talk(b, key).deciding({
        tasks: [{ taskId: 't1', state: 'stopped', attempt: 1 }],
      })
      for (let n = 0; n < 10; n += 1) isStored(await talk.stream('t1', `${n}`, lease))
      isStored(await b.append(key, stop))
    },
  ],
  [
    'accepted tasks do not make a run conflict',
    async ({ nodes: [a, b] }) => {
      const talk = new Talk(a, key)
      const lease = await begun(talk)
      isStored(await new Talk(b, key).send('t2'))
      const { first, position } = isStored(await talk.stream('t1', 'x', lease))
      assert.deepEqual([first, position.end, position.rev], [4, 4, 3])
    },
  ],
  [
    'a run step that is repeated after a lost reply is appended once and answered with its offsets',
    async ({ nodes: [a, b] }) => {
      const talk = new Talk(a, key)
      const lease = await begun(talk)
      const step = talk.streaming('t1', 'once', lease)
      const answer = isStored(await talk.append(step))
      isStored(await new Talk(b, key).send('t2'))
      const again = isStored(await b.append(key, step))
      assert.deepEqual([again.first, again.last, again.repeat], [answer.first, answer.last, true])
      assert.deepEqual(again.position, await talk.position())
      assert.deepEqual(await talk.texts(), ['once'])
    },
  ],
  [
    'a run step that comes twice in one instant is appended once',
    async ({ nodes }) => {
      const talk = new Talk(nodes[0], key)
      const lease = await begun(talk)
      for (let n = 0; n < 20; n += 1) {
        const step = talk.streaming('t1', `${n} `, lease)
        const [one, two] = await Promise.all(nodes.map((node) => node.append(key, step)))
        assert.ok(one && two)
        assert.equal(isStored(one).first, isStored(two).first)
      }
      assert.equal((await talk.texts()).join(''), Array.from({ length: 20 }, (_, n) => `${n} `).join(''))
    },
  ],
  [
    'a start that is repeated after a lost reply is stored once',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      isStored(await talk.send('t1'))
      const lease = await talk.lease()
      const step = await talk.deciding({
        lease: talk.next(lease),
        events: [startOf('t1')],
        tasks: [runningTask('t1')],
        running: runOf('t1'),
      })
      const answer = isStored(await talk.append(step))
      assert.deepEqual(isStored(await talk.append(step)), { ...answer, repeat: true })
      assert.equal((await talk.position()).rev, 2)
    },
  ],
  [
    'a run step with an older fence is fenced and stores nothing',
    async ({ nodes: [a, b], advance }) => {
      const talk = new Talk(a, key)
      const old = await begun(talk, 'node-a', 1_000)
      await advance(1_001)
      const lease = await new Talk(b, key).lease('node-b')
      const before = await b.read(key)
      assert.deepEqual(await talk.stream('t1', 'late', old), { result: 'fenced', position: before.position })
      assert.deepEqual(await b.read(key), before)
      assert.ok(lease.fence > old.fence)
    },
  ],
  [
    'a start with an older fence is fenced, though nothing was decided since',
    async ({ nodes: [a, b], advance }) => {
      const talk = new Talk(a, key)
      isStored(await talk.send('t1'))
      const old = await talk.lease('node-a', 1_000)
      await advance(1_001)
      await new Talk(b, key).lease('node-b')
      assert.equal((await talk.start('t1', old)).result, 'fenced')
      assert.equal((await talk.read()).running, null)
    },
  ],
  [
    'a run that was stopped appends nothing more',
    async ({ nodes: [a, b] }) => {
      const talk = new Talk(a, key)
      const lease = await begun(talk)
      isStored(await new Talk(b, key).stop('t1'))
      assert.equal((await talk.stream('t1', 'late', lease)).result, 'fenced')
      assert.deepEqual(await talk.texts(), [])
    },
  ],
  [
    'a try or an attempt that is over appends nothing more, though its lease is the newest',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      const lease = await begun(talk)
      const second = { ...runOf('t1'), try: 2 }
      isStored(await talk.stream('t1', '', lease, { events: [startOf('t1')], running: second }))
      const { fence } = lease
      const late = talk.streaming('t1', 'late', lease, { lease: { fence, seq: 3 } })
      assert.equal((await talk.append(late)).result, 'fenced')
      const other = { ...late, run: runOf('t1', 2) }
      assert.equal((await talk.append(other)).result, 'fenced')
      isStored(await talk.append({ ...late, run: second }))
      assert.deepEqual(await talk.texts(), ['late'])
    },
  ],
  [
    'a step that decides within a run raises rev; a delta does not',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      const lease = await begun(talk)
      const { rev } = await talk.position()
      assert.equal(isStored(await talk.stream('t1', 'x', lease)).position.rev, rev)
      const again = { ...runOf('t1'), try: 2 }
      assert.equal(isStored(await talk.stream('t1', '', lease, { running: again })).position.rev, rev + 1)
      const end = { tasks: [failed('t1')], running: null, run: again }
      assert.equal(isStored(await talk.stream('t1', '', lease, end)).position.rev, rev + 2)
    },
  ],
  [
    'a run whose acknowledged step is not stored is lost',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      const lease = await begun(talk)
      talk.next(lease)
      assert.equal((await talk.stream('t1', 'after a hole', lease)).result, 'lost')
      assert.deepEqual(await talk.texts(), [])
    },
  ],
  [
    'a run is lost if the store has never given its lease',
    async ({ nodes: [store] }) => {
      const talk = new Talk(store, key)
      isStored(await talk.send('t1'))
      const step = talk.streaming('t1', 'x', await talk.lease())
      const unknown = { fence: step.lease.fence + 1_000, seq: 1 }
      assert.equal((await talk.append({ ...step, lease: unknown })).result, 'lost')
      const elsewhere = await store.append(conversationKey('ann', 'other'), { ...step, lease: unknown })
      assert.equal(elsewhere.result, 'lost')
      assert.equal((await store.read(conversationKey('ann', 'other'))).exists, false)
    },
  ],
  [
    'a reader sees all of a step or nothing of it',
    async ({ nodes: [a, b] }) => {
      const talk = new Talk(a, key)
      const lease = await begun(talk)
      const writing = (async () => {
        for (let n = 0; n < 30; n += 1) {
          const events = ['a', 'b', 'c'].flatMap((text) => talk.streaming('t1', text, lease).events)
          isStored(await talk.stream('t1', '', lease, { lease: { fence: lease.fence, seq: 2 + n }, events }))
        }
      })()
      for (let n = 0; n < 30; n += 1) {
        const { position, events } = await b.read(key)
        assert.equal((position.end - 2) % 3, 0)
        assert.equal(events.length, position.end)
      }
      await writing
    },
  ],
]
