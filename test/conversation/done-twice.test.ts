import { describe, expect, it } from 'vitest'
import type { Conversation } from '../../src/index.js'
import { accepted, answered, joined, question, said, scripted, snapshot } from '../support/scripted-server.js'
import { outcome, setUp, transcript } from '../support/set-up.js'

/** Two pages of one person that show one exchange, a question and its answer. */
async function twoPages(options: Parameters<typeof setUp>[0] = {}) {
  const s = setUp({ responder: { words: 3 }, ...options })
  const other = s.makeClient().conversation('demo')
  const errors: string[] = []
  for (const conversation of [s.conversation, other]) {
    conversation.subscribe(() => {})
    conversation.on('error', ({ code }) => errors.push(code))
  }
  s.conversation.sendMessage('Hello')
  await s.clock.advance(3000)
  const [asked, answer] = s.conversation.getSnapshot().messages.map(({ id }) => id)
  return { ...s, other, errors, asked: asked ?? '', answer: answer ?? '' }
}

type World = Awaited<ReturnType<typeof twoPages>>

const actions: Readonly<
  Record<string, (conversation: Conversation, world: World) => ReturnType<Conversation['retry']>>
> = {
  regenerate: (conversation, { answer }) => conversation.regenerate({ messageId: answer }),
  'regenerate without an id': (conversation) => conversation.regenerate(),
  editMessage: (conversation, { asked }) => conversation.editMessage(asked, 'Changed'),
}

async function expectDoneOnce(world: World, tasks: readonly ReturnType<Conversation['retry']>[]) {
  const { clock, conversation, other, errors, network } = world
  await clock.advance(10_000)
  for (const task of tasks) {
    expect(await outcome(task.accepted)).toBe('resolved')
    expect(await outcome(task.finished)).toBe('resolved')
  }
  expect(errors).toEqual([])
  for (const page of [conversation, other]) {
    expect(page.getSnapshot()).toMatchObject({ status: 'ready', error: null })
    expect(transcript(page.getSnapshot().messages)).toEqual([
      expect.stringMatching(/^user: (Hello|Changed) \(sent\)$/),
      expect.stringContaining('(complete)'),
    ])
  }
  return network.sent('chat:send').length
}

describe('the same decision, given twice', () => {
  it.each(Object.entries(actions))('by a double click, is sent once: %s', async (_name, act) => {
    const world = await twoPages()
    const tasks = [act(world.conversation, world), act(world.conversation, world)]
    expect(await expectDoneOnce(world, tasks)).toBe(2)
  })

  it.each(Object.entries(actions))(
    'again after the first one has ended, is harmless: %s',
    async (name, act) => {
      const world = await twoPages()
      const first = act(world.conversation, world)
      await world.clock.advance(10_000)
      // Without an id this is another decision: to answer anew once more.
      const second = name.endsWith('id') ? first : act(world.conversation, world)
      expect(await expectDoneOnce(world, [first, second])).toBe(2)
    },
  )

  it.each(Object.entries(actions))('in two tabs at once, is done once: %s', async (_name, act) => {
    const world = await twoPages()
    const tasks = [act(world.conversation, world), act(world.other, world)]
    await expectDoneOnce(world, tasks)
  })
})

describe('another text for a message that was just edited', () => {
  it('takes the place of the first one', async () => {
    const world = await twoPages()
    const first = world.conversation.editMessage(world.asked, 'Changed')
    const second = world.conversation.editMessage(world.asked, 'Changed again')
    await world.clock.advance(10_000)
    expect(await outcome(first.accepted)).toBe('resolved')
    expect(await outcome(second.finished)).toBe('resolved')
    expect(world.errors).toEqual([])
    expect(transcript(world.conversation.getSnapshot().messages)[0]).toBe('user: Changed again (sent)')
  })
})

describe('an answer to a tool call', () => {
  const call = (state: string, fields: object = {}) =>
    answered('a', { parts: [{ type: 'tool', tool_call_id: 'c', name: 'book', state, ...fields }] })
  const refusal = {
    ok: false,
    error: {
      type: 'error',
      error: 'x',
      error_code: 'validation',
      code: 'unknown_message',
      retryable: false,
      timestamp: 't',
    },
  }
  async function waiting(state: string) {
    const messages = [question('q'), call(state)]
    const s = scripted({
      'chat:join': () => joined({ offset: 1, snapshot: snapshot(1, { messages }) }),
      'chat:send': () => refusal,
    })
    s.conversation.subscribe(() => {})
    await s.clock.advance(100)
    const errors: string[] = []
    s.conversation.on('error', ({ code }) => errors.push(code))
    const becomes = (next: string, fields?: object) =>
      s.rewrite({
        'chat:join': () =>
          joined({ offset: 2, snapshot: snapshot(2, { messages: [question('q'), call(next, fields)] }) }),
      })
    return { ...s, errors, becomes }
  }

  it('that another tab gave first is harmless if it is the same', async () => {
    const s = await waiting('approval')
    s.becomes('running')
    const task = s.conversation.respondToApproval({ toolCallId: 'c', approved: true })
    await s.clock.advance(5000)
    expect(await outcome(task.finished)).toBe('resolved')
    expect(s.errors).toEqual([])
  })

  it('that another tab gave first ends as the answer to it ends', async () => {
    const s = await waiting('input')
    const gone = refusal.error
    const failed = { ...call('output', { output: 2 }), task_id: 'first', status: 'failed' }
    const answer = (status: string) => answered('b', { task_id: 'second', status })
    const becomes = (offset: number, status: string) =>
      joined({
        offset,
        snapshot: snapshot(offset, {
          messages: [question('q'), { ...failed, error: gone }, answer(status)],
          tasks:
            status === 'streaming'
              ? [{ task_id: 'second', attempt: 1, state: 'running', message_id: 'b' }]
              : [],
        }),
      })
    s.rewrite({ 'chat:join': () => becomes(2, 'streaming') })
    const task = s.conversation.addToolOutput({ toolCallId: 'c', output: 2 })
    await s.clock.advance(1000)
    expect(await outcome(task.accepted)).toBe('resolved')
    let ended: unknown = 'not yet'
    void task.finished.then((message) => {
      ended = message
    })
    await s.clock.advance(1000)
    expect(ended).toBe('not yet')
    s.rewrite({ 'chat:join': () => becomes(3, 'complete') })
    s.cut()
    await s.clock.advance(5000)
    expect(ended).toMatchObject({ id: 'b', status: 'complete' })
    expect(s.errors).toEqual([])
  })

  it('is cancelled if another page removes what it led to, also where the message of the call had failed', async () => {
    const failed = { ...call('input'), status: 'failed', error: refusal.error }
    const s = scripted({
      'chat:join': () => joined({ offset: 1, snapshot: snapshot(1, { messages: [question('q'), failed] }) }),
      'chat:send': () => accepted(2),
    })
    s.conversation.subscribe(() => {})
    await s.clock.advance(100)
    const task = s.conversation.addToolOutput({ toolCallId: 'c', output: 2 })
    const ended = outcome(task.finished)
    await s.clock.advance(100)
    const value = { type: 'tool', tool_call_id: 'c', name: 'book', state: 'output', output: 2 }
    s.push([
      said(2, { type: 'part', task_id: task.id, message_id: 'a', part: 0, value }),
      said(3, { type: 'start', task_id: task.id, message_id: 'b', attempt: 1 }),
      said(4, { type: 'truncate', task_id: 'other', from_message_id: 'b' }),
    ])
    await s.clock.advance(1000)
    expect(await ended).toBe('cancelled')
  })

  it('that another tab gave first is told if it is the opposite', async () => {
    const s = await waiting('approval')
    s.becomes('denied')
    const task = s.conversation.respondToApproval({ toolCallId: 'c', approved: true })
    await s.clock.advance(5000)
    expect(await outcome(task.finished)).toBe('unknown_message')
    expect(s.errors).toEqual(['unknown_message'])
  })

  it('is sent once for a double click, and not at all if the log has the same output', async () => {
    const s = await waiting('input')
    s.rewrite({ 'chat:send': () => undefined })
    const output = { toolCallId: 'c', output: { at: { side: 'left', row: 1 }, seats: 2 } }
    const [first, second] = [s.conversation.addToolOutput(output), s.conversation.addToolOutput(output)]
    await s.clock.advance(1000)
    expect(second.id).toBe(first.id)
    expect(s.asked('chat:send')).toHaveLength(1)
    const done = await waiting('input')
    // A server's database may keep an object's fields in another order.
    done.becomes('output', { output: { seats: 2, at: { row: 1, side: 'left' } } })
    done.cut()
    await done.clock.advance(5000)
    const late = done.conversation.addToolOutput(output)
    await done.clock.advance(1000)
    expect(await outcome(late.finished)).toBe('resolved')
    expect(done.asked('chat:send')).toEqual([])
  })
})

describe('editMessage', () => {
  const file = {
    type: 'file' as const,
    url: 'https://files.test/1',
    mediaType: 'image/png',
    name: 'plan.png',
  }
  async function withFile() {
    const world = setUp({ responder: { words: 1 } })
    world.conversation.subscribe(() => {})
    world.conversation.sendMessage({ text: 'Look', parts: [file], metadata: { mood: 'calm' } })
    await world.clock.advance(3000)
    const edit = async (message: Parameters<Conversation['editMessage']>[1]) => {
      const [shown] = world.conversation.getSnapshot().messages
      world.conversation.editMessage(shown?.id ?? '', message)
      await world.clock.advance(3000)
      return world.conversation.getSnapshot().messages[0]
    }
    return edit
  }

  it('keeps files and metadata if it gives a text alone', async () => {
    const edit = await withFile()
    const parts = [{ type: 'text', text: 'Look here' }, file]
    expect(await edit('Look here')).toMatchObject({ parts, metadata: { mood: 'calm' } })
    expect(await edit({ text: 'And here' })).toMatchObject({ parts: [{ text: 'And here' }, file] })
  })

  it('shows the author and the file while the edit is on its way, also if it is edited once more', async () => {
    const parts = [{ type: 'file', url: 'https://files.test/1', media_type: 'image/png' }]
    const author = { id: 'ann', name: 'Ann' }
    const s = scripted({
      'chat:join': () =>
        joined({ offset: 1, snapshot: snapshot(1, { messages: [question('q', { parts, author })] }) }),
      'chat:send': () => undefined,
    })
    s.conversation.subscribe(() => {})
    await s.clock.advance(100)
    for (const text of ['Look', 'Look here']) {
      s.conversation.editMessage(s.firstId(), text)
      await s.clock.advance(10)
      const [shown] = s.conversation.getSnapshot().messages
      expect(shown).toMatchObject({ author, parts: [{ text }, { type: 'file' }] })
      expect(s.conversation.getSnapshot().messages[0]).toBe(shown)
    }
    // A client does not say who wrote a message.
    for (const { payload } of s.asked('chat:send')) expect(payload.input).not.toHaveProperty('message.author')
  })

  it('replaces whatever it gives', async () => {
    const edit = await withFile()
    const other = { ...file, url: 'https://files.test/2' }
    expect(await edit({ metadata: { mood: 'bright' } })).toMatchObject({
      parts: [{ type: 'text', text: 'Look' }, file],
      metadata: { mood: 'bright' },
    })
    expect((await edit({ text: 'New', parts: [other] }))?.parts).toEqual([
      { type: 'text', text: 'New' },
      other,
    ])
    expect((await edit({ text: 'Bare', parts: [] }))?.parts).toEqual([{ type: 'text', text: 'Bare' }])
  })
})
