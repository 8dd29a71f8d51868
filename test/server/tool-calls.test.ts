import { describe, expect, it } from 'vitest'
import type { ToolChunk } from '../../src/server/answer-chunk.js'
import { saying } from '../support/wire-client.js'
import { coreUnderTest, exchange } from './core-under-test.js'

const asks = (toolCallId: string, state: ToolChunk['state'] = 'approval'): ToolChunk => ({
  type: 'tool',
  toolCallId,
  name: 'mail',
  state,
  input: { to: toolCallId },
})
const approve = (id: string, approved = true) => ({ kind: 'tool', tool_call_id: id, approved }) as const

/** An answer that asked for several calls. */
async function askingFor(...chunks: ToolChunk[]) {
  const test = await coreUnderTest()
  await test.send('t1', saying('m1', 'hi'))
  for (const chunk of chunks) await test.responder.last.give(chunk)
  await test.responder.last.end()
  const states = async () =>
    (await test.snapshot()).messages.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.type === 'tool' ? `${part.tool_call_id} ${part.state}` : [])),
    )
  return { ...test, states, count: test.events.length }
}

const callsShown = (test: Awaited<ReturnType<typeof askingFor>>) =>
  test.responder.last.request.messages.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'tool' ? `${part.toolCallId} ${part.state}` : [])),
  )

describe('an answer that asked for two calls', () => {
  it('is gone on with once, after the last decision, with each call in its own state', async () => {
    const test = await askingFor(asks('k1'), asks('k2'))
    await test.send('t2', approve('k1'))
    expect(test.summary(test.count)).toEqual(['part t2', 'finish t2'])
    expect(test.events.at(-1)).not.toHaveProperty('message_id')
    expect(test.responder.runs).toHaveLength(1)
    expect(await test.states()).toEqual(['k1 running', 'k2 approval'])
    await test.send('t3', approve('k2', false))
    expect(test.summary(test.count + 2)).toEqual(['part t3', 'start t3'])
    expect(callsShown(test)).toEqual(['k1 running', 'k2 denied'])
    await test.responder.last.give({ type: 'tool', toolCallId: 'k1', state: 'output', output: 'sent' })
    await test.responder.last.end()
    expect(await test.states()).toEqual(['k1 output', 'k2 denied'])
    expect((await test.snapshot()).messages).toHaveLength(3)
  })

  it('is gone on with once, if both decisions come while another answer runs', async () => {
    const test = await askingFor(asks('k1'), asks('k2', 'input'))
    await test.send('t2', saying('m2', 'meanwhile'))
    await test.send('t3', approve('k1'))
    await test.send('t4', { kind: 'tool', tool_call_id: 'k2', output: 7 })
    const count = test.events.length
    await test.responder.last.end()
    expect(test.summary(count)).toEqual(['finish t2', 'finish t3', 'start t4'])
    expect(callsShown(test)).toEqual(['k1 running', 'k2 output'])
  })

  it('is gone on with once, if one decision comes before the other call is asked for', async () => {
    const test = await coreUnderTest()
    await test.send('t1', saying('m1', 'hi'))
    await test.responder.last.give(asks('k1'))
    await test.send('t2', approve('k1'))
    await test.responder.last.give(asks('k2'))
    const count = test.events.length
    await test.responder.last.end()
    expect(test.summary(count)).toEqual(['finish t1', 'finish t2'])
    await test.send('t3', approve('k2'))
    expect(test.summary(count + 2)).toEqual(['part t3', 'start t3'])
  })

  it.each([
    ['stopped', 'error'],
    ['failed', 'error'],
  ])('ends both calls when the answer that carries them out is %s', async (how) => {
    const test = await askingFor(asks('k1'), asks('k2'))
    await test.send('t2', approve('k1'))
    await test.send('t3', approve('k2'))
    if (how === 'stopped') await test.stop('t3')
    else await test.responder.last.fail(new Error('broken'))
    expect(await test.states()).toEqual(['k1 error', 'k2 error'])
  })

  it('goes on with both calls in a retry, and not with a call whose tool has failed', async () => {
    const test = await askingFor(asks('k1'), asks('k2'), asks('k3'))
    for (const [index, id] of ['k1', 'k2', 'k3'].entries()) await test.send(`t${index + 2}`, approve(id))
    await test.responder.last.give({ type: 'tool', toolCallId: 'k2', state: 'error', error: 'failed' })
    await test.responder.last.fail(new Error('broken'))
    expect(await test.states()).toEqual(['k1 error', 'k2 error', 'k3 error'])
    await test.retry('t4', 2)
    expect(await test.states()).toEqual(['k1 running', 'k2 error', 'k3 running'])
    expect(callsShown(test)).toEqual(['k1 running', 'k2 error', 'k3 running'])
    expect(JSON.stringify(test.responder.last.request.messages)).not.toContain(
      'endedBy":"t4","state":"running',
    )
  })

  it('goes on with what is left, if the other decision is stopped while both wait', async () => {
    const test = await askingFor(asks('k1'), asks('k2'))
    await test.send('t2', saying('m2', 'meanwhile'))
    await test.send('t3', approve('k1'))
    await test.send('t4', approve('k2'))
    await test.stop('t4')
    expect(await test.states()).toEqual(['k1 running', 'k2 error'])
    const count = test.events.length
    await test.responder.last.end()
    expect(test.summary(count)).toEqual(['finish t2', 'start t3'])
    expect(callsShown(test)).toEqual(['k1 running', 'k2 error'])
  })

  it('leaves an approved call alone while the other waits, also if a message is answered meanwhile', async () => {
    const test = await askingFor(asks('k1'), asks('k2'))
    await test.send('t2', approve('k1'))
    await test.send('t3', saying('m3', 'never mind'))
    // As if unanswered: this run must not carry it out.
    expect(callsShown(test)).toEqual(['k1 approval', 'k2 approval'])
    await test.responder.last.end()
    expect(await test.states()).toEqual(['k1 running', 'k2 approval'])
    await test.send('t4', approve('k2'))
    expect(callsShown(test)).toEqual(['k1 running', 'k2 running'])
  })

  it('knows a repeat of a decision that is recorded', async () => {
    const test = await askingFor(asks('k1'), asks('k2'))
    await test.send('t2', approve('k1'))
    expect(await test.send('t2', approve('k1'))).toMatchObject({ duplicate: true, state: 'finished' })
  })
})

describe('an id of a call that a provider uses again', () => {
  it('in a later answer names another call: each is decided on for itself', async () => {
    const test = await askingFor(asks('k1'))
    await exchange(test, 't2', saying('m2', 'later'))
    await test.send('t3', saying('m3', 'again'))
    await test.responder.last.give(asks('k1'))
    await test.responder.last.end()
    expect(await test.states()).toEqual(['k1 approval', 'k1~2 approval'])
    await test.send('t4', approve('k1~2', false))
    await test.responder.last.end()
    expect(await test.states()).toEqual(['k1 approval', 'k1~2 denied'])
    await test.send('t5', approve('k1'))
    expect(callsShown(test)).toEqual(['k1 running', 'k1~2 denied'])
    await test.responder.last.give({ type: 'tool', toolCallId: 'k1', state: 'output', output: 1 })
    // After the result, the model asks for a third call under the old id.
    await test.responder.last.give(asks('k1'))
    expect(await test.states()).toEqual(['k1 output', 'k1~2 denied', 'k1~3 approval'])
  })

  it('in a later step of one answer names another call', async () => {
    const test = await askingFor(
      asks('k1', 'running'),
      { type: 'tool', toolCallId: 'k1', state: 'output', output: 1 },
      asks('k1', 'running'),
      { type: 'tool', toolCallId: 'k1', state: 'output', output: 2 },
    )
    expect(await test.states()).toEqual(['k1 output', 'k1~2 output'])
    const parts = (await test.snapshot()).messages[1]?.parts
    expect(parts).toMatchObject([{ output: 1 }, { output: 2 }])
  })

  it('in a further try of one answer names the same call, because the first try was emptied', async () => {
    const test = await coreUnderTest({ retry: { maxAttempts: 2, baseDelay: 1 } })
    await test.send('t1', saying('m1', 'hi'))
    await test.responder.last.give(asks('k1'))
    await test.responder.last.fail(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
    await test.clock.advance(10)
    await test.responder.last.give(asks('k1'))
    expect((await test.snapshot()).messages[1]?.parts).toMatchObject([{ tool_call_id: 'k1' }])
  })

  it('stays within the length of an id', async () => {
    const long = 'k'.repeat(128)
    const test = await askingFor(asks(long))
    await test.send('t2', saying('m2', 'again'))
    await test.responder.last.give(asks(long))
    const [, again = ''] = await test.states()
    expect(again.split(' ')[0]?.length).toBeLessThanOrEqual(128)
    expect(again).not.toBe(`${long} approval`)
  })
})
