import { describe, expect, it } from 'vitest'
import { messageText, type PlainEvent, type PlainMapping, plainCodec } from '../../src/index.js'
import { plainServer } from '../support/plain-server.js'
import { outcome, transcript } from '../support/set-up.js'

/** A page before a server whose events say what their payload says. */
function plain(more: Partial<PlainMapping> = {}) {
  const codec = plainCodec({
    events: ['said'],
    encode: ({ input }) =>
      input.kind === 'message'
        ? { event: 'chat', payload: (input.message.parts[0] as { text: string }).text }
        : null,
    decode: (_event, payload) => [payload as PlainEvent],
    ...more,
  })
  const server = plainServer()
  const page = server.open({ codec })
  const say = (event: PlainEvent) => server.say('said', event)
  const ask = async (text: string) => {
    const task = page.conversation.sendMessage(text)
    await server.clock.advance(10)
    return task
  }
  const shown = () => transcript(page.conversation.getSnapshot().messages)
  return { ...server, ...page, say, ask, shown }
}

const tool = (state: 'input' | 'running' | 'output', more: object = {}) =>
  ({
    type: 'part',
    part: { type: 'tool', tool_call_id: 'call', name: 'search', state, input: 1, ...more },
  }) as const

describe('an answer of a server without protocol v1', () => {
  it('shows a tool call that goes from running to its output as one part', async () => {
    const { ask, conversation, say } = plain()
    const task = await ask('Hello')
    await say({ type: 'text', text: 'Looking. ' })
    for (const event of [tool('input'), tool('running')]) await say(event)
    await say({ type: 'text', text: 'Found ' })
    await say(tool('output', { output: 'gold' }))
    await say({ type: 'text', text: 'it.' })
    await say({ type: 'finish', finishReason: 'stop' })
    expect((await task.finished).parts).toMatchObject([
      { type: 'text', text: 'Looking. ' },
      { type: 'tool', toolCallId: 'call', state: 'output', output: 'gold' },
      { type: 'text', text: 'Found it.' },
    ])
    expect(conversation.getSnapshot().messages[1]?.finishReason).toBe('stop')
  })

  it('updates a data part by its id, and adds one without an id', async () => {
    const { ask, say } = plain()
    const task = await ask('Hello')
    const data = (value: number) => ({ type: 'data', name: 'progress', value })
    await say({ type: 'part', id: 'p', part: data(1) })
    await say({ type: 'part', id: 'q', part: data(10) })
    await say({ type: 'part', part: data(100) })
    await say({ type: 'part', id: 'p', part: data(2) })
    await say({ type: 'part', part: data(100) })
    await say({ type: 'finish' })
    expect((await task.finished).parts.map((part) => 'value' in part && part.value)).toEqual([
      2, 10, 100, 100,
    ])
  })

  it.each([
    ['grows', ['He', 'Hello', 'Hello', 'Hello there']],
    ['is corrected', ['Hallo', 'Hello', 'Hello there']],
    ['becomes shorter', ['Hello there, again', 'Hello there']],
  ])('shows a text that is sent whole each time and %s', async (_how, texts) => {
    const { ask, say } = plain()
    const task = await ask('Hello')
    for (const text of texts) await say({ type: 'whole-text', text })
    await say({ type: 'finish' })
    const answer = await task.finished
    expect(answer.parts).toHaveLength(1)
    expect(messageText(answer)).toBe('Hello there')
  })

  it('shows a whole text around a tool call once', async () => {
    const { ask, say } = plain()
    const task = await ask('Hello')
    await say({ type: 'whole-text', text: 'Looking. ' })
    await say(tool('output', { output: 1 }))
    await say({ type: 'whole-text', text: 'Looking. Fund' })
    await say({ type: 'whole-text', text: 'Looking. Found' })
    await say({ type: 'finish' })
    expect((await task.finished).parts).toMatchObject([
      { text: 'Looking. ' },
      { type: 'tool' },
      { text: 'Found' },
    ])
  })

  it('begins anew with each attempt', async () => {
    const { ask, clock, say } = plain()
    const task = await ask('Hello')
    await say({ type: 'whole-text', text: 'Half' })
    await say(tool('running'))
    const error = { type: 'error', error: 'x', error_code: 'temporary', retryable: true, timestamp: 't' }
    await say({ type: 'error', error })
    await clock.advance(2000)
    await say(tool('running'))
    await say({ type: 'whole-text', text: 'All of it' })
    await say({ type: 'finish' })
    expect((await task.finished).parts).toMatchObject([{ type: 'tool' }, { text: 'All of it' }])
  })
})

describe('a server without protocol v1 that speaks first', () => {
  it('has its message shown, before and while an answer is under way', async () => {
    const { ask, client, clock, say, shown } = plain()
    await clock.advance(10)
    const message = { parts: [{ type: 'text', text: 'Welcome' }] }
    await say({ type: 'message', conversationId: 'demo', message })
    expect(shown()).toEqual(['assistant: Welcome (complete)'])
    const task = await ask('Hello')
    await say({ type: 'text', text: 'Hi' })
    await say({ type: 'message', conversationId: 'demo', message: { ...message, id: 'm', role: 'system' } })
    await say({ type: 'message', conversationId: 'other', message })
    await say({ type: 'finish' })
    expect(messageText(await task.finished)).toBe('Hi')
    expect(shown()).toHaveLength(4)
    expect(client.getSnapshot().queued).toBe(0)
  })

  it('has a message that is not valid dropped, and logged', async () => {
    const logged: [string, unknown][] = []
    const { client, clock, say, shown } = plain()
    client.on('log', ({ event, fields }) => logged.push([event, fields]))
    await clock.advance(10)
    await say({ type: 'message', conversationId: 'demo', message: { parts: 5 } as never })
    await say({ type: 'message', conversationId: '', message: { parts: [] } })
    expect(shown()).toEqual([])
    expect(logged.filter(([event]) => event === 'event_invalid')).toEqual(
      Array(2).fill(['event_invalid', { field: 'message' }]),
    )
  })
})

describe('the history of a server without protocol v1', () => {
  const message = (n: number) => ({
    id: `m${n}`,
    role: n % 2 ? ('user' as const) : ('assistant' as const),
    parts: [{ type: 'text', text: `${n}` }],
    created_at: 't',
  })

  it('is shown by the first join, and page by page', async () => {
    const asked: unknown[] = []
    const { ask, clock, conversation, say, shown } = plain({
      history: async (request) => {
        asked.push(request)
        return request.before
          ? { messages: [message(1), message(2)] }
          : { messages: [message(3), message(4)], hasOlder: true }
      },
    })
    await clock.advance(10)
    expect(shown()).toEqual(['user: 3 (sent)', 'assistant: 4 (complete)'])
    await conversation.loadOlder()
    expect(shown().map((line) => line.split(' ')[1])).toEqual(['1', '2', '3', '4'])
    expect(conversation.getSnapshot().hasOlder).toBe(false)
    await ask('Hello')
    await say({ type: 'text', text: 'Hi' })
    await say({ type: 'finish' })
    expect(shown()).toHaveLength(6)
    expect(asked).toEqual([{ conversationId: 'demo' }, { conversationId: 'demo', before: 'm3' }])
  })

  it('loses no message that the server says while the history is fetched', async () => {
    let give = () => {}
    const { clock, say, shown } = plain({
      history: () =>
        new Promise((resolve) => {
          give = () => resolve({ messages: [message(1), { id: 5 } as never] })
        }),
    })
    await clock.advance(10)
    await say({
      type: 'message',
      conversationId: 'demo',
      message: { parts: [{ type: 'text', text: 'new' }] },
    })
    give()
    await clock.advance(10)
    expect(shown()).toEqual(['user: 1 (sent)', 'assistant: new (complete)'])
  })

  it('that hangs or fails does not keep a later attempt from joining', async () => {
    let tries = 0
    const { clock, shown } = plain({
      history: () => {
        tries++
        if (tries === 1) return Promise.reject(new TypeError('Failed to fetch'))
        if (tries === 2) return new Promise<never>(() => {})
        return Promise.resolve({ messages: [message(1)] })
      },
    })
    await clock.advance(60_000)
    expect(shown()).toEqual(['user: 1 (sent)'])
  })
})

describe('an answer that was stopped, of a server that names no tasks and knows of the stop', () => {
  const encodeStop = () => ({ event: 'stop', payload: 'stop' })

  it.each([
    ['ends it late', true],
    ['falls silent', false],
  ])('leaves its late words out of the next answer if the server %s', async (_how, ends) => {
    const { ask, clock, conversation, say, shown, asked } = plain({ encodeStop })
    await ask('A')
    await say({ type: 'text', text: 'one ' })
    await conversation.stop()
    const next = await ask('B')
    await say({ type: 'text', text: 'late ' })
    await clock.advance(700)
    await say({ type: 'text', text: 'words' })
    await clock.advance(700)
    expect(asked()).toEqual(['A', 'stop'])
    if (ends) await say({ type: 'finish' })
    await clock.advance(ends ? 10 : 1500)
    expect(asked()).toEqual(['A', 'stop', 'B'])
    await say({ type: 'text', text: 'two' })
    await say({ type: 'finish' })
    expect(messageText(await next.finished)).toBe('two')
    expect(shown()).toEqual([
      'user: A (sent)',
      'assistant: one (stopped)',
      'user: B (sent)',
      'assistant: two (complete)',
    ])
  })

  it('holds up nothing if the server names its tasks', async () => {
    const { ask, asked, conversation, say } = plain({ encodeStop })
    const first = await ask('A')
    await say({ type: 'text', text: 'one', taskId: first.id })
    await conversation.stop()
    const next = await ask('B')
    expect(asked()).toEqual(['A', 'stop', 'B'])
    await say({ type: 'text', text: 'late', taskId: first.id })
    await say({ type: 'text', text: 'two', taskId: next.id })
    await say({ type: 'finish', taskId: next.id })
    expect(messageText(await next.finished)).toBe('two')
  })

  it('does not have a question sent that was stopped while it was held up', async () => {
    const { ask, asked, clock, conversation } = plain({ encodeStop })
    await ask('A')
    await conversation.stop()
    const next = await ask('B')
    await next.stop()
    await clock.advance(5000)
    expect(asked()).toEqual(['A', 'stop'])
    expect(await outcome(next.finished)).toBe('cancelled')
  })

  it('leaves no timer behind if the client is closed', async () => {
    const { ask, client, clock, conversation } = plain({ encodeStop })
    await ask('A')
    await conversation.stop()
    const next = conversation.sendMessage('B')
    await clock.advance(10)
    await client.close()
    expect(clock.pending).toBe(0)
    expect(await outcome(next.finished)).toBe('closed')
  })
})
