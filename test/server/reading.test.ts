import { describe, expect, it } from 'vitest'
import type { JoinRequest } from '../../src/protocol/events.js'
import { memoryStore } from '../../src/server/store/memory-store.js'
import { saying } from '../support/wire-client.js'
import { coreUnderTest, exchange, keyOf, type UnderTest } from './core-under-test.js'

async function threeExchanges(options: Parameters<typeof coreUnderTest>[0] = {}) {
  const test = await coreUnderTest(options)
  for (const n of [1, 2, 3]) await exchange(test, `t${n}`, saying(`m${n}`, 'hi'))
  const join = (after: JoinRequest['after'], limit?: number) =>
    test.as('ann').join({ conversation_id: 'c', after, ...(limit !== undefined && { limit }) })
  return { ...test, join }
}

describe('joining', () => {
  it('names the epoch that a send would begin, and stores nothing', async () => {
    const test = await coreUnderTest({ reconnectSpreadMs: 700 })
    const answer = await test.as('ann').join({ conversation_id: 'new', after: null })
    expect(answer).toEqual({
      ok: true,
      epoch: 'e1',
      offset: 0,
      events: [],
      snapshot: { messages: [], offset: 0, has_older: false, tasks: [] },
      limits: { max_message_bytes: 65_536 },
      reconnect_spread_ms: 700,
    })
    expect((await test.store.read(keyOf('ann', 'new'))).exists).toBe(false)
  })

  it('gives exactly the events after the offset that the client has', async () => {
    const { join, events } = await threeExchanges()
    const answer = await join({ epoch: 'e1', offset: 5 })
    expect(answer).toMatchObject({ offset: 12, snapshot: null })
    expect(answer.events).toEqual(events.slice(5))
    expect(await join({ epoch: 'e1', offset: 12 })).toMatchObject({ events: [], snapshot: null })
  })

  it('answers an offset past its end, and another epoch, with a snapshot and no events', async () => {
    const { join } = await threeExchanges()
    for (const after of [
      { epoch: 'e1', offset: 13 },
      { epoch: 'e0', offset: 2 },
    ]) {
      const answer = await join(after)
      expect(answer).toMatchObject({ epoch: 'e1', offset: 12, events: [], snapshot: { offset: 12 } })
    }
  })

  it('answers a position whose events were folded with a snapshot', async () => {
    const retention = { events: 4, compactAfterMs: 60_000, idleMs: Number.POSITIVE_INFINITY }
    const { join } = await threeExchanges({ retention })
    expect(await join({ epoch: 'e1', offset: 12 })).toMatchObject({ events: [], snapshot: null })
    expect(await join({ epoch: 'e1', offset: 7 })).toMatchObject({ events: [], snapshot: { offset: 12 } })
  })

  it('keeps a snapshot to the newest messages that were asked for', async () => {
    const { join } = await threeExchanges()
    const { snapshot } = await join(null, 3)
    expect(snapshot).toMatchObject({
      has_older: true,
      messages: [{ task_id: 't2' }, { id: 'm3' }, { task_id: 't3' }],
    })
    expect((await join(null, 6)).snapshot).toMatchObject({ has_older: false })
  })

  it('gives a snapshot that later events do not change', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    await test.responder.last.say('half')
    const snapshot = await test.snapshot()
    await test.responder.last.say(' more')
    expect(snapshot.messages[1]).toMatchObject({ status: 'streaming', parts: [{ text: 'half' }] })
  })
})

describe('history', () => {
  it('pages back from a message, oldest first', async () => {
    const { as } = await threeExchanges()
    const page = (before: string, limit: number) => as('ann').history({ conversation_id: 'c', before, limit })
    expect(await page('m3', 3)).toMatchObject({
      offset: 12,
      has_older: true,
      messages: [{ task_id: 't1', role: 'assistant' }, { id: 'm2' }, { task_id: 't2' }],
    })
    expect(await page('m2', 3)).toMatchObject({
      has_older: false,
      messages: [{ id: 'm1' }, { task_id: 't1' }],
    })
    expect(await page('m1', 3)).toMatchObject({ has_older: false, messages: [] })
  })

  it('says which it does not know, the conversation or the message', async () => {
    const { as } = await threeExchanges()
    const ask = (conversation_id: string) => as('ann').history({ conversation_id, before: 'm9' })
    await expect(ask('c')).rejects.toMatchObject({ code: 'unknown_message' })
    await expect(ask('d')).rejects.toMatchObject({ code: 'unknown_conversation' })
  })
})

describe('a restart', () => {
  async function restarted(before: UnderTest) {
    before.crash()
    let ids = 0
    return coreUnderTest({
      store: before.store,
      clock: before.clock,
      env: { createId: () => `later${++ids}` },
    })
  }

  it('ends what was running as interrupted before anyone can join, and goes on with what waited', async () => {
    const before = await coreUnderTest()
    await before.send('t1', saying('m1', 'one'))
    await before.send('t2', saying('m2', 'two'))
    await before.responder.last.say('half')
    before.crash()
    await before.responder.last.say('never stored')

    const after = await restarted(before)
    expect(after.events).toMatchObject([
      { type: 'error', task_id: 't1', code: 'interrupted', retryable: true, attempt: 1, offset: 5 },
      { type: 'start', task_id: 't2', offset: 6 },
    ])
    expect((await after.snapshot()).messages[1]).toMatchObject({
      status: 'failed',
      parts: [{ text: 'half' }],
    })
  })

  it('retries an interrupted task from the input that it kept', async () => {
    const before = await coreUnderTest()
    await before.send('t1', saying('m1', 'one'))
    const after = await restarted(before)
    expect(await after.retry('t1', 2)).toMatchObject({ duplicate: false })
    expect(after.responder.last.request.input).toEqual(saying('m1', 'one'))
  })

  it('still knows repeats, stops and other inputs from before', async () => {
    const before = await coreUnderTest()
    await exchange(before, 't1', saying('m1', 'one'))
    await before.stop('t2')
    const after = await restarted(before)
    expect(await after.send('t1', saying('m1', 'one'))).toMatchObject({ duplicate: true, state: 'finished' })
    expect(await after.send('t2', saying('m2', 'two'))).toMatchObject({ duplicate: true, state: 'stopped' })
    await expect(after.send('t1', saying('m1', 'other'))).rejects.toMatchObject({ code: 'task_conflict' })
  })

  it('comes with another epoch where the log is lost', async () => {
    const first = await coreUnderTest({ store: memoryStore() })
    const second = await coreUnderTest({ store: memoryStore() })
    expect((await first.send('t1', saying('m1', 'a'))).epoch).not.toBe(
      (await second.send('t1', saying('m1', 'a'))).epoch,
    )
  })
})

describe('closing', () => {
  it('lets a running task finish, and begins nothing more', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'one'))
    await test.send('t2', saying('m2', 'two'))
    const closed = test.close(5000)
    await test.responder.last.end()
    await closed
    expect(test.summary().slice(-1)).toEqual(['finish t1'])
    expect(test.clock.pending).toBe(0)
  })

  it('ends as interrupted what takes longer', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'one'))
    const closed = test.close(5000)
    await test.clock.advance(5000)
    await closed
    expect(test.events.at(-1)).toMatchObject({ type: 'error', code: 'interrupted', retryable: true })
    expect(test.clock.pending).toBe(0)
  })
})
