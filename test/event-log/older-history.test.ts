import { describe, expect, it } from 'vitest'
import { answered, joined, question, said, scripted, snapshot } from '../support/scripted-server.js'

const ids = (conversation: ReturnType<typeof scripted>['conversation']) =>
  conversation.getSnapshot().messages.map(({ id }) => id)

/** A page that shows what the server gave at first. */
async function showing(offset: number, fields: object) {
  const setup = scripted({ 'chat:join': () => joined({ offset, snapshot: snapshot(offset, fields) }) })
  setup.conversation.subscribe(() => {})
  await setup.clock.advance(100)
  return setup
}

describe('what stands before the messages that a server shows', () => {
  it('is gone from the screen where somebody removed it along with what was there before', async () => {
    const { clock, conversation, push, rewrite } = await showing(9, {
      messages: [question('u5')],
      has_older: true,
    })
    const now = snapshot(11, { messages: [question('u6')], has_older: true })
    rewrite({ 'chat:join': () => joined({ offset: 11, snapshot: now }) })
    push([
      said(10, { type: 'truncate', from_message_id: 'u2' }),
      said(11, { type: 'message', message: question('u6') }),
    ])
    await clock.advance(1000)
    expect(ids(conversation)).toEqual(['u6'])
    expect(conversation.getSnapshot().hasOlder).toBe(true)
  })

  it('does not stream for ever where it came to its end while there was no connection', async () => {
    const { clock, conversation, cut, rewrite } = await showing(9, {
      messages: [
        question('u1'),
        answered('a1'),
        question('u2', { task_id: 't2' }),
        answered('a2', { task_id: 't2' }),
        question('u3'),
      ],
      tasks: [{ task_id: 't2', attempt: 1, state: 'running', message_id: 'a2' }],
    })
    expect(conversation.getSnapshot().messages[3]?.status).toBe('streaming')
    const now = snapshot(60, { messages: [question('u3'), question('u4')], has_older: true })
    rewrite({ 'chat:join': () => joined({ offset: 60, snapshot: now }) })
    cut()
    await clock.advance(10_000)
    expect(ids(conversation)).toEqual(['u3', 'u4'])
    expect(conversation.getSnapshot().hasOlder).toBe(true)
  })

  it('stays on the screen where nothing can have changed in it', async () => {
    const { clock, conversation, cut, rewrite } = await showing(9, {
      messages: [question('u1'), answered('a1'), question('u3')],
    })
    const now = snapshot(60, { messages: [question('u3'), question('u4')], has_older: true })
    rewrite({ 'chat:join': () => joined({ offset: 60, snapshot: now }) })
    cut()
    await clock.advance(10_000)
    expect(ids(conversation)).toEqual(['u1', 'a1', 'u3', 'u4'])
    expect(conversation.getSnapshot().hasOlder).toBe(false)
  })

  it('gets its new answer in its own place, not below everything else', async () => {
    const shown = { messages: [question('u5'), answered('a5')], has_older: true }
    const { clock, conversation, push, rewrite, asked } = await showing(9, {
      ...shown,
      tasks: [{ task_id: 't1', attempt: 1, state: 'queued' }],
    })
    const running = [{ task_id: 't1', attempt: 1, state: 'running', message_id: 'a1' }]
    rewrite({
      'chat:join': () => joined({ offset: 10, snapshot: snapshot(10, { ...shown, tasks: running }) }),
    })
    push(said(10, { type: 'start', task_id: 't1', attempt: 1, message_id: 'a1' }))
    expect(ids(conversation)).toEqual(['u5', 'a5'])
    await clock.advance(10_000)
    expect(ids(conversation)).toEqual(['u5', 'a5'])
    expect(asked('chat:join')).toHaveLength(2)
  })
})
