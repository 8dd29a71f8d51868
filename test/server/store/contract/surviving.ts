import assert from 'node:assert/strict'
import { conversationKey } from '../../../../src/server/store/index.js'
import { type Case, hour, minute, type StoreUnderTest } from './harness.js'
import { failed, isStored, Talk, time } from './talk.js'

const key = conversationKey('ann', 'demo')

/** The case, for stores that survive their process. */
const ifDurable = (
  run: (store: StoreUnderTest & Required<Pick<StoreUnderTest, 'reopen'>>) => Promise<void>,
) => {
  return async (store: StoreUnderTest) => {
    const { reopen } = store
    if (reopen) await run({ ...store, reopen })
  }
}

export const surviving: readonly Case[] = [
  [
    'everything that was acknowledged survives the process',
    ifDurable(async ({ nodes: [store], reopen }) => {
      const talk = new Talk(store, key)
      await talk.exchange('t1')
      assert.equal((await talk.compactExchange('t1')).result, 'ok')
      isStored(await talk.send('t2'))
      isStored(await talk.decide({ tasks: [failed('t2', 2)] }))
      isStored(await talk.stop('t3'))
      const options = { taskIds: ['t1', 't2', 't3'] }
      const { holder: _before, ...before } = await talk.read(options)
      const { holder: _after, ...after } = await (await reopen()).read(key, options)
      assert.deepEqual(after, before)
    }),
  ],
  [
    'open work is due after the process died, and a run of the dead process is fenced',
    ifDurable(async ({ nodes: [store], reopen, advance }) => {
      const talk = new Talk(store, key)
      isStored(await talk.send('t1'))
      const old = await talk.lease('node-a')
      isStored(await talk.start('t1', old))
      const step = talk.streaming('t1', 'Hel', old)
      isStored(await talk.append(step))
      const survivor = await reopen()
      await advance(15_001)
      assert.deepEqual(await survivor.due(), [key])
      const again = isStored(await survivor.append(key, step))
      assert.equal(again.repeat, true)
      const lease = await new Talk(survivor, key).lease('node-b')
      assert.ok(lease.fence > old.fence)
      const late = { ...step, lease: { fence: old.fence, seq: 3 } }
      assert.equal((await survivor.append(key, late)).result, 'fenced')
      assert.deepEqual(await new Talk(survivor, key).texts(), ['Hel'])
    }),
  ],
  [
    'a task id is recognised after the process died',
    ifDurable(async ({ nodes: [store], reopen }) => {
      const talk = new Talk(store, key)
      const step = await talk.accepting('t1')
      isStored(await talk.append(step))
      await talk.stop('t1')
      const again = await (await reopen()).append(key, step)
      assert.equal(again.result === 'known' && again.sameInput && again.task.state, 'stopped')
    }),
  ],
  [
    'a conversation is kept as long as its steps say, and with it all that it knows',
    async ({ nodes: [store], advance }) => {
      const talk = new Talk(store, key)
      isStored(await talk.stop('t1', { keepMs: 2 * hour, at: time }))
      await advance(2 * hour - minute)
      assert.equal((await talk.read()).exists, true)
    },
  ],
  [
    'a conversation that was forgotten begins another epoch',
    async ({ nodes: [store], advance }) => {
      const talk = new Talk(store, key)
      const { epoch } = isStored(await talk.stop('t1', { keepMs: minute, at: time })).position
      await advance(30 * minute)
      const { exists, position } = await talk.read()
      assert.equal(exists, false)
      assert.notEqual(position.epoch, epoch)
    },
  ],
  [
    'a conversation with open work is not forgotten',
    async ({ nodes: [store], advance }) => {
      const talk = new Talk(store, key)
      isStored(await talk.send('t1', { keepMs: minute, at: time }))
      await advance(hour)
      assert.deepEqual(await store.due(), [key])
      assert.equal((await talk.read()).exists, true)
    },
  ],
]
