import { describe, expect, it } from 'vitest'
import type { ChatMessage, ToolPart } from '../../src/index.js'
import { joined, older, question, said, snapshot, watched } from '../support/scripted-server.js'

const answer = { task_id: 't1', message_id: 'a1' }
const call = { type: 'tool', tool_call_id: 'x1', name: 'search' }
const emoji = '\u{1f600}'
const high = emoji.charAt(0)
const low = emoji.charAt(1)

/** A page before an answer that has begun, and what makes it go on. */
async function answering() {
  const setup = await watched()
  let offset = 0
  const say = async (...bodies: object[]) => {
    for (const body of bodies) setup.push(said(++offset, { ...answer, ...body }))
    await setup.clock.advance(100)
    return shown()
  }
  const shown = () => setup.conversation.getSnapshot().messages.at(-1) as ChatMessage
  await say({ type: 'message', message: question('u1') }, { type: 'start', attempt: 1 })
  return { ...setup, say, shown }
}

const delta = (text: string, part = 0) => ({ type: 'delta', part, text })
const tool = (fields: object) => ({ type: 'part', part: 0, value: { ...call, ...fields } })
const firstTool = ({ parts }: ChatMessage) => parts[0] as ToolPart
const firstText = ({ parts: [part] }: ChatMessage) => (part?.type === 'text' ? part.text : undefined)

describe('a tool call', () => {
  it('shows its input while the model writes it', async () => {
    const { say } = await answering()
    expect(firstTool(await say(tool({ state: 'streaming' })))).toEqual({
      type: 'tool',
      toolCallId: 'x1',
      name: 'search',
      state: 'streaming',
    })
    expect(firstTool(await say(delta('{"query":'))).inputText).toBe('{"query":')
    expect(firstTool(await say(delta('"Mo'), delta('on"}'))).inputText).toBe('{"query":"Moon"}')
    const whole = await say(tool({ state: 'running', input: { query: 'Moon' } }))
    expect(firstTool(whole)).toMatchObject({ state: 'running', input: { query: 'Moon' } })
    expect(firstTool(whole)).not.toHaveProperty('inputText')
  })

  it('takes no text once its input is whole', async () => {
    const { say, conversation } = await answering()
    await say(tool({ state: 'running', input: 1 }), delta('more'))
    expect(firstTool(conversation.getSnapshot().messages.at(-1) as ChatMessage)).toMatchObject({ input: 1 })
    expect(conversation.getSnapshot().discontinuity).toMatchObject({ reason: 'skipped' })
  })

  it('that was denied says why', async () => {
    const { say } = await answering()
    expect(firstTool(await say(tool({ state: 'denied', input: {}, reason: 'Not now.' })))).toMatchObject({
      state: 'denied',
      reason: 'Not now.',
    })
  })
})

describe('an answer', () => {
  it('shows metadata before its end, and merges what comes later', async () => {
    const { say } = await answering()
    const begun = await say({ type: 'meta', metadata: { model: 'small', seed: 1 } })
    expect(begun.metadata).toEqual({ model: 'small', seed: 1 })
    const ended = await say({ type: 'finish', finish_reason: 'length', metadata: { seed: 2, tokens: 9 } })
    expect(ended.metadata).toEqual({ model: 'small', seed: 2, tokens: 9 })
    expect(ended.finishReason).toBe('length')
  })

  it('loses its metadata with its parts if another attempt begins', async () => {
    const { say } = await answering()
    await say({ type: 'meta', metadata: { model: 'small' } }, delta('Hel'))
    expect(await say({ type: 'start', attempt: 1 })).toMatchObject({ parts: [] })
    expect(await say({ type: 'start', attempt: 1 })).not.toHaveProperty('metadata')
  })

  it('shows its sources', async () => {
    const { say } = await answering()
    const value = { type: 'source', url: 'https://x.test', media_type: 'text/html', snippet: 'Hm.' }
    expect((await say({ type: 'part', part: 0, value })).parts).toEqual([
      { type: 'source', url: 'https://x.test', mediaType: 'text/html', snippet: 'Hm.' },
    ])
  })

  it('of a snapshot says why it ended', async () => {
    const messages = [
      { ...question('a1', { role: 'assistant' }), finish_reason: 'stop', metadata: { tokens: 1 } },
    ]
    const { conversation } = await watched({
      'chat:join': () => joined({ offset: 3, snapshot: snapshot(3, { messages }) }),
    })
    expect(conversation.getSnapshot().messages[0]).toMatchObject({
      finishReason: 'stop',
      metadata: { tokens: 1 },
    })
  })
})

describe('a character that is split over two deltas', () => {
  it('is never shown in half', async () => {
    const { say } = await answering()
    expect(firstText(await say(delta(`Hi ${high}`)))).toBe('Hi ')
    expect(firstText(await say(delta(`${low}!`)))).toBe(`Hi ${emoji}!`)
  })

  it('is never shown in half in the input of a tool', async () => {
    const { say } = await answering()
    expect(firstTool(await say(tool({ state: 'streaming' }), delta(`"${high}`))).inputText).toBe('"')
    expect(firstTool(await say(delta(low))).inputText).toBe(`"${emoji}`)
  })

  it('is never shown in half if a snapshot ends between them', async () => {
    const messages = [question('a1', { role: 'assistant', status: 'streaming', task_id: 't1' })]
    const tasks = [{ task_id: 't1', attempt: 1, state: 'running', message_id: 'a1' }]
    const begun = [{ ...messages[0], parts: [{ type: 'text', text: `Hi ${high}` }] }]
    const { conversation, push, clock } = await watched({
      'chat:join': () => joined({ offset: 3, snapshot: snapshot(3, { messages: begun, tasks }) }),
    })
    const shown = () => firstText(conversation.getSnapshot().messages[0] as ChatMessage)
    expect(shown()).toBe('Hi ')
    push(said(4, { ...answer, ...delta(low) }))
    await clock.advance(100)
    expect(shown()).toBe(`Hi ${emoji}`)
  })

  it('gives the same message object until something changes', async () => {
    const { say, conversation } = await answering()
    const before = await say(delta(`Hi ${high}`))
    conversation.clearError()
    await say({ type: 'retry', try: 2, max_tries: 3, delay_ms: 1, error_code: 'temporary' })
    expect(conversation.getSnapshot().messages.at(-1)).toBe(before)
  })

  it.each([
    ['finishes', { type: 'finish' }],
    ['is stopped', { type: 'stop' }],
    [
      'fails',
      { type: 'error', error: 'x', error_code: 'temporary', retryable: false, timestamp: 't', attempt: 1 },
    ],
  ])('is left out if the answer %s between them', async (_name, end) => {
    const { say } = await answering()
    expect(firstText(await say(delta(`Hi ${high}`), end))).toBe('Hi ')
  })

  it('is left out of an answer that is over in a snapshot or in older messages', async () => {
    const cut = (id: string) =>
      question(id, { role: 'assistant', status: 'stopped', parts: [{ type: 'text', text: `Hi ${high}` }] })
    const messages = [cut('a2')]
    const { conversation, clock } = await watched({
      'chat:join': () => joined({ offset: 3, snapshot: snapshot(3, { messages, has_older: true }) }),
      'chat:history': () => older(3, [cut('a1')]),
    })
    void conversation.loadOlder()
    await clock.advance(100)
    expect(conversation.getSnapshot().messages.map(firstText)).toEqual(['Hi ', 'Hi '])
  })
})

describe('the answer that a person gives to a tool call', () => {
  const waiting = async (state: 'input' | 'approval') => {
    const setup = await answering()
    await setup.say(tool({ state, input: { a: 1 } }), { type: 'finish' })
    const shown = () => firstTool(setup.shown())
    const sent = () => setup.asked('chat:send').map(({ payload }) => payload.input)
    return { ...setup, shownCall: shown, sent }
  }

  it('shows a denied call at once, with the reason', async () => {
    const { conversation, shownCall, sent, clock } = await waiting('approval')
    conversation.respondToApproval({ toolCallId: 'x1', approved: false, reason: 'Too dear.' })
    expect(shownCall()).toMatchObject({ state: 'denied', reason: 'Too dear.', input: { a: 1 } })
    await clock.advance(10)
    expect(sent()).toEqual([{ kind: 'tool', tool_call_id: 'x1', approved: false, reason: 'Too dear.' }])
  })

  it('shows an approved call as running at once', async () => {
    const { conversation, shownCall } = await waiting('approval')
    conversation.respondToApproval({ toolCallId: 'x1', approved: true })
    expect(shownCall()).toMatchObject({ state: 'running' })
  })

  it('may be an error', async () => {
    const { conversation, shownCall, sent, clock } = await waiting('input')
    conversation.addToolOutput({ toolCallId: 'x1', error: 'No such place.' })
    expect(shownCall()).toMatchObject({ state: 'error', error: 'No such place.' })
    await clock.advance(10)
    expect(sent()).toEqual([{ kind: 'tool', tool_call_id: 'x1', error: 'No such place.' }])
  })

  it.each([
    ['error', { error: 7 }],
    ['error', { error: 'x', output: 1 }],
    ['reason', { approved: true, reason: {} }],
  ])('is refused by the name of its field, %s: %o', async (field, given) => {
    const { conversation } = await waiting('input')
    const call = { toolCallId: 'x1', ...given } as never
    const task = 'approved' in given ? conversation.respondToApproval(call) : conversation.addToolOutput(call)
    await expect(task.accepted).rejects.toMatchObject({ code: 'invalid_message', details: { field } })
    await expect(task.finished).rejects.toMatchObject({ code: 'invalid_message' })
  })
})
