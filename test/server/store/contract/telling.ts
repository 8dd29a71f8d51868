import assert from 'node:assert/strict'
import { type Change, conversationKey } from '../../../../src/server/store/index.js'
import { type Case, eventually } from './harness.js'
import { failed, isStored, Talk } from './talk.js'

const key = conversationKey('ann', 'demo')

export const telling: readonly Case[] = [
  [
    'every node is told of what is appended after it subscribed, its own steps included',
    async ({ nodes }) => {
      const told: Change[][] = [[], []]
      for (const [n, node] of nodes.entries()) await node.subscribe(key, (change) => told[n]?.push(change))
      const talk = new Talk(nodes[0], key)
      await talk.exchange('t1')
      const { events, position } = await talk.read()
      for (const changes of told) {
        await eventually('the last change', () =>
          changes.some((change) => change.position.end === position.end),
        )
        assert.deepEqual(
          changes.flatMap((change) => change.events),
          events,
        )
        assert.deepEqual(changes.at(-1)?.position, position)
      }
    },
  ],
  [
    'a decision without an event is told too',
    async ({ nodes: [a, b] }) => {
      const talk = new Talk(a, key)
      isStored(await talk.send('t1'))
      const changes: Change[] = []
      await b.subscribe(key, (change) => changes.push(change))
      isStored(await talk.decide({ tasks: [failed('t1', 2)] }))
      await eventually('the change', () => changes.some(({ position }) => position.rev === 2))
      assert.deepEqual(changes.at(-1)?.events, [])
    },
  ],
  [
    'a large step is told, by its position at least',
    async ({ nodes: [a, b] }) => {
      const changes: Change[] = []
      await b.subscribe(key, (change) => changes.push(change))
      isStored(await new Talk(a, key).send('t1', { user: 'x'.repeat(100_000) }))
      const events = Array.from({ length: 3 }, () => ({
        type: 'delta' as const,
        task_id: 't1',
        message_id: 'answer-t1',
        part: 0,
        text: 'y'.repeat(100_000),
      }))
      isStored(await new Talk(a, key).decide({ events }))
      await eventually('the position', () => changes.some(({ position }) => position.end === 4))
      assert.equal((await b.read(key)).events.length, 4)
    },
  ],
  [
    'a subscriber is told of its own conversation only, and of nothing after it left',
    async ({ nodes: [a, b] }) => {
      const other = conversationKey('bob', 'demo')
      const own: Change[] = []
      const left: Change[] = []
      const last: Change[] = []
      await b.subscribe(key, (change) => own.push(change))
      const leave = await b.subscribe(other, (change) => left.push(change))
      await leave()
      await b.subscribe(other, (change) => last.push(change))
      isStored(await new Talk(a, other).send('t1'))
      await eventually('the change', () => last.length > 0)
      assert.deepEqual([own, left], [[], []])
    },
  ],
  [
    'a step that is refused or repeated is not told as new events',
    async ({ nodes: [a, b] }) => {
      const changes: Change[] = []
      await b.subscribe(key, (change) => changes.push(change))
      const talk = new Talk(a, key)
      const step = await talk.accepting('t1')
      isStored(await talk.append(step))
      await eventually('the first change', () => changes.length > 0)
      await talk.append(step)
      isStored(await talk.send('t2'))
      await eventually('the change', () => changes.some(({ position }) => position.end === 2))
      assert.deepEqual(
        changes.flatMap(({ events }) => events.map(({ offset }) => offset)),
        [1, 2],
      )
    },
  ],
  [
    'a listener that throws neither fails the step nor silences another',
    async ({ nodes: [store] }) => {
      const changes: Change[] = []
      await store.subscribe(key, () => {
        throw new Error('a listener failed')
      })
      await store.subscribe(key, (change) => changes.push(change))
      isStored(await new Talk(store, key).send('t1'))
      await eventually('the change', () => changes.length > 0)
    },
  ],
  [
    'a message reaches every node that listens, and no node that left',
    async ({ nodes: [a, b] }) => {
      const told: unknown[][] = [[], [], []]
      for (const [n, node] of [a, b].entries()) await node.listen((message) => told[n]?.push(message))
      const leave = await b.listen((message) => told[2]?.push(message))
      await leave()
      const message = { kind: 'disconnect', user: 'ann', empty: [], none: {}, text: 'ä\u0000' }
      await a.publish(message)
      await eventually('the message', () => told[0]?.length === 1 && told[1]?.length === 1)
      assert.deepEqual(told, [[message], [message], []])
    },
  ],
]
