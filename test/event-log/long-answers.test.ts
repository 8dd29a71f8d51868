import { describe, expect, it } from 'vitest'
import type { TextPart } from '../../src/index.js'
import {
  answered,
  joined,
  older,
  question,
  type Script,
  said,
  snapshot,
  watched,
} from '../support/scripted-server.js'

const limits = { maxAnswerBytes: 2000 }
const piece = 'abcdefghij'

const shown = ({ conversation }: Awaited<ReturnType<typeof watched>>, id = 'a') => {
  const { messages, discontinuity } = conversation.getSnapshot()
  const message = messages.find((each) => each.id === id)
  return { message, discontinuity, bytes: JSON.stringify(message?.parts ?? []).length * 2 }
}

const begun = () => [
  said(1, { type: 'message', task_id: 't', message: question('q') }),
  said(2, { type: 'start', task_id: 't', message_id: 'a', attempt: 1 }),
]

/** A page that has seen so many deltas of one answer, each to the part that `partOf` names. */
async function streamed(count: number, partOf = (_n: number) => 0, options: object = { limits }) {
  const page = await watched({}, options)
  for (const event of begun()) page.push(event)
  for (let n = 0; n < count; n++)
    page.push(said(3 + n, { type: 'delta', task_id: 't', message_id: 'a', part: partOf(n), text: piece }))
  await page.clock.advance(100)
  return page
}

describe('an answer without an end', () => {
  it('is shown up to the limit, and says that the rest is left out', async () => {
    const page = await streamed(10_000)
    const { message, bytes, discontinuity } = shown(page)
    expect(message).toMatchObject({ isCut: true, status: 'streaming' })
    expect(bytes).toBeLessThanOrEqual(limits.maxAnswerBytes + 100)
    expect(bytes).toBeGreaterThan(limits.maxAnswerBytes - 100)
    expect(piece.repeat(10_000)).toContain(message?.parts.map((part) => 'text' in part && part.text).join(''))
    expect(discontinuity).toBeNull()
  })

  it('is bounded too if its texts take turns, or each has a part of its own', async () => {
    for (const partOf of [(n: number) => n % 2, (n: number) => n]) {
      const { message, bytes } = shown(await streamed(2000, partOf))
      expect(message?.isCut).toBe(true)
      expect(bytes).toBeLessThanOrEqual(limits.maxAnswerBytes + 200)
    }
  })

  it('does not hold up what comes after it', async () => {
    const page = await streamed(10_000)
    page.push(said(10_003, { type: 'finish', task_id: 't', message_id: 'a', finish_reason: 'length' }))
    page.push(said(10_004, { type: 'message', task_id: 't2', message: question('q2') }))
    await page.clock.advance(100)
    expect(shown(page).message).toMatchObject({ isCut: true, status: 'complete', finishReason: 'length' })
    expect(shown(page, 'q2').message?.parts).toEqual([{ type: 'text', text: 'q2' }])
    expect(page.asked('chat:join')).toHaveLength(1)
  })

  it('is whole and unmarked if it stays under the limit', async () => {
    const { message } = shown(await streamed(90))
    expect(message?.parts).toEqual([{ type: 'text', text: piece.repeat(90) }])
    expect(message).not.toHaveProperty('isCut')
  })

  it('ends at the default limit of 8 MiB', async () => {
    const page = await streamed(0, undefined, {})
    const text = 'x'.repeat(1_000_000)
    for (let n = 0; n < 6; n++)
      page.push(said(3 + n, { type: 'delta', task_id: 't', message_id: 'a', part: 0, text }))
    await page.clock.advance(100)
    const { message, bytes } = shown(page)
    expect(message?.isCut).toBe(true)
    expect(bytes).toBeGreaterThan(8_388_000)
    expect(bytes).toBeLessThanOrEqual(8_388_608 + 100)
  })
})

describe('a long answer', () => {
  const whole = answered('a', { parts: [{ type: 'text', text: piece.repeat(10_000) }] })

  it('that a reload brings in a snapshot is cut as the streamed one was', async () => {
    const streamedPage = await streamed(10_000)
    const script: Script = {
      'chat:join': () => joined({ offset: 5, snapshot: snapshot(5, { messages: [whole] }) }),
    }
    const { message } = shown(await watched(script, { limits }))
    expect(message).toMatchObject({ isCut: true, status: 'complete' })
    expect(message?.parts).toEqual(shown(streamedPage).message?.parts)
  })

  it('that a page of history brings is cut too', async () => {
    const script: Script = {
      'chat:join': () =>
        joined({ offset: 5, snapshot: snapshot(5, { messages: [question('q5')], has_older: true }) }),
      'chat:history': () => older(5, [whole]),
    }
    const page = await watched(script, { limits })
    const loaded = page.conversation.loadOlder()
    await page.clock.advance(100)
    await loaded
    expect(shown(page).message?.isCut).toBe(true)
    expect(shown(page).bytes).toBeLessThanOrEqual(limits.maxAnswerBytes + 100)
  })

  it('ends in no half of a character', async () => {
    for (const start of ['', 'x']) {
      const emoji = answered('a', { parts: [{ type: 'text', text: start + '😀'.repeat(10_000) }] })
      const script: Script = {
        'chat:join': () => joined({ offset: 5, snapshot: snapshot(5, { messages: [emoji] }) }),
      }
      const part = shown(await watched(script, { limits })).message?.parts[0] as TextPart
      expect(part.text.slice(-2)).toBe('😀')
    }
  })
})

describe('an answer of many parts', () => {
  const part = (offset: number, place: number, value: object) =>
    said(offset, { type: 'part', task_id: 't', message_id: 'a', part: place, value })
  const call = (fields: object) => ({
    type: 'tool',
    tool_call_id: 'c',
    name: 'search',
    state: 'running',
    ...fields,
  })

  it('loses the part that is too large, and the ones after it', async () => {
    const page = await streamed(1)
    page.push(part(4, 1, call({ state: 'output', output: 'x'.repeat(5000) })))
    page.push(part(5, 2, { type: 'text', text: 'later' }))
    await page.clock.advance(100)
    expect(shown(page)).toMatchObject({
      message: { isCut: true, parts: [{ type: 'text', text: piece }] },
      discontinuity: null,
    })
  })

  it('still shows how a call in its beginning ends', async () => {
    const page = await streamed(1)
    page.push(part(4, 1, call({})))
    page.push(part(5, 2, call({ tool_call_id: 'd', input: 'x'.repeat(5000) })))
    page.push(part(6, 1, call({ state: 'output', output: 'found' })))
    await page.clock.advance(100)
    expect(shown(page).message?.parts[1]).toMatchObject({ state: 'output', output: 'found' })
  })

  it('loses the input of a call that the model writes without an end', async () => {
    const page = await streamed(0)
    page.push(part(3, 0, call({ state: 'streaming', input_text: '' })))
    for (let n = 4; n < 2000; n++)
      page.push(said(n, { type: 'delta', task_id: 't', message_id: 'a', part: 0, text: piece }))
    await page.clock.advance(100)
    expect(shown(page)).toMatchObject({ message: { isCut: true, parts: [] }, discontinuity: null })
  })
})
