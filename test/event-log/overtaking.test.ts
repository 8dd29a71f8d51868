import { describe, expect, it } from 'vitest'
import { type ChatMessage, messageText } from '../../src/index.js'
import {
  accepted,
  answered,
  exchange,
  joined,
  older,
  question,
  refused,
  said,
  scripted,
  snapshot,
  watched,
  watchedFromEnd,
} from '../support/scripted-server.js'
import { outcome } from '../support/set-up.js'

describe('an older page with a tool call that is answered while the page is on its way', () => {
  it('shows it as answered', async () => {
    const call = (state: string) => ({ type: 'tool', tool_call_id: 'c', name: 'delete_files', state })
    const page = [
      question('u1', { task_id: 't1' }),
      answered('a1', { task_id: 't1', parts: [call('approval')] }),
    ]
    const s = await watchedFromEnd({ 'chat:history': () => older(10, page) })
    const loaded = s.conversation.loadOlder()
    s.push(said(11, { type: 'part', task_id: 't2', message_id: 'a1', part: 0, value: call('running') }))
    await s.clock.advance(100)
    await loaded
    const a1 = s.conversation.getSnapshot().messages.find(({ id }) => id === 'a1') as ChatMessage
    expect((a1.parts[0] as { state: string }).state).toBe('running')
  })
})

describe('an older page with a failed answer that is stopped while the page is on its way', () => {
  it('shows it as stopped', async () => {
    const { error } = refused({})
    const failed = { task_id: 't1', status: 'failed', error }
    const page = [question('u1', failed), answered('a1', failed)]
    const s = await watchedFromEnd({ 'chat:history': () => older(10, page) }, [
      { task_id: 't1', attempt: 1, state: 'failed', message_id: 'a1', error },
    ])
    const loaded = s.conversation.loadOlder()
    s.push(said(11, { type: 'stop', task_id: 't1' }))
    await s.clock.advance(100)
    await loaded
    expect(s.conversation.getSnapshot().messages.map(({ status }) => status)).toEqual([
      'sent',
      'stopped',
      'sent',
    ])
  })
})

describe('more than a thousand events that overtake the answer to a join', () => {
  it('leave no answer streaming for ever', async () => {
    const s = await watched()
    const about = { task_id: 't', message_id: 'a' }
    s.push(exchange('t', 'q').slice(0, 2))
    const log = [
      ...Array.from({ length: 1500 }, (_, n) => said(3 + n, { type: 'delta', ...about, part: 0, text: 'x' })),
      said(1503, { type: 'finish', ...about }),
    ]
    s.rewrite({
      'chat:join': ({ after }) => {
        const { offset } = after as { offset: number }
        const held = log.filter((event) => event.offset > offset)
        // The log as it was when it was read: the first of the events; the others were pushed meanwhile.
        return offset <= 3
          ? joined({ offset: 3, events: held.slice(0, 1) })
          : joined({ offset: 1503, events: held })
      },
    })
    s.cut()
    for (let step = 0; step < 1000 && s.handshakes() < 2; step++) await s.clock.advance(10)
    for (let step = 0; step < 100 && s.asked('chat:join').length < 2; step++) await s.clock.advance(1)
    s.push(log.slice(1))
    await s.clock.advance(3_600_000)
    expect(s.conversation.getSnapshot().messages[1]?.status).toBe('complete')
    expect(messageText(s.conversation.getSnapshot().messages[1] as ChatMessage)).toHaveLength(1500)
  })
})

describe('a snapshot after a reconnect', () => {
  it('leaves an answer that was streamed here the same object', async () => {
    const s = await watched()
    s.push(exchange('t', 'q'))
    await s.clock.advance(100)
    const before = s.conversation.getSnapshot().messages
    s.rewrite({
      'chat:join': () =>
        joined({
          offset: 4,
          snapshot: snapshot(4, {
            messages: [
              question('q', { task_id: 't' }),
              answered('a', { task_id: 't', status: 'complete', attempt: 1 }),
            ],
          }),
        }),
    })
    s.cut()
    await s.clock.advance(10_000)
    const after = s.conversation.getSnapshot().messages
    expect(after).toEqual(before)
    expect(after[0]).toBe(before[0])
    expect(after[1]).toBe(before[1])
  })
})

describe('a log that was begun anew while the connection holds', () => {
  it('does not make an attempt fail whose acknowledgement is the first to tell', async () => {
    const s = await watched({ 'chat:send': () => accepted(1, { epoch: 'f' }) }, { retry: { maxAttempts: 1 } })
    const task = s.conversation.sendMessage('Hello')
    const log = exchange(task.id, s.firstId(), { epoch: 'f' })
    s.rewrite({ 'chat:join': () => joined({ epoch: 'f', offset: 4, events: log }) })
    await s.clock.advance(11)
    s.push(log)
    await s.clock.advance(1000)
    expect(await outcome(task.finished)).toBe('resolved')
  })
})

describe('an event of a log that the answer to the first join does not know', () => {
  it('is on the screen in the end', async () => {
    const event = said(1, { epoch: 'f', type: 'message', message: question('u1') })
    const answers = [joined({ offset: 0 }), joined({ epoch: 'f', offset: 1, events: [event] })]
    const s = scripted({ 'chat:join': () => answers.shift() })
    s.conversation.subscribe(() => {})
    await s.clock.advance(6)
    s.push(event)
    await s.clock.advance(100)
    expect(s.conversation.getSnapshot().messages.map(({ id }) => id)).toEqual(['u1'])
  })
})

describe('an event of another log', () => {
  it('makes the client ask once, where the answer stands by the old one', async () => {
    const s = await watched()
    s.push(said(1, { epoch: 'f', type: 'message', message: question('u1') }))
    await s.clock.advance(60_000)
    expect(s.asked('chat:join')).toHaveLength(2)
  })
})

describe('a log that has lost its end, and goes on from there', () => {
  const messages = [question('u1'), answered('a1')]
  const regrown = Array.from({ length: 4 }, (_, n) =>
    said(6 + n, { type: 'message', message: question(`n${n + 1}`) }),
  )

  /** A page that had read up to 7, and asks again; the answer is of before the log grew again. */
  async function behind(grownTo: number) {
    const first = snapshot(7, { messages: [...messages, question('lost')] })
    const s = await watched({ 'chat:join': () => joined({ offset: 7, snapshot: first }) })
    const events = regrown.filter(({ offset }) => offset <= grownTo)
    const now = snapshot(5, { messages })
    s.rewrite({
      'chat:join': () =>
        s.asked('chat:join').length === 2
          ? joined({ offset: 5, snapshot: now })
          : joined({ offset: grownTo, snapshot: now, events }),
    })
    s.cut()
    while (s.asked('chat:join').length < 2) await s.clock.advance(1)
    s.push(events)
    await s.clock.advance(10_000)
    return s.conversation.getSnapshot().messages.map(({ id }) => id)
  }

  it('shows what was pushed before the snapshot that says so', async () => {
    expect(await behind(6)).toEqual(['u1', 'a1', 'n1'])
  })

  it('shows it also where that is more than what was lost', async () => {
    expect(await behind(9)).toEqual(['u1', 'a1', 'n1', 'n2', 'n3', 'n4'])
  })
})

describe('a page of history that is of another log', () => {
  it('makes that log known', async () => {
    const s = await watched({
      'chat:join': ({ after }) =>
        after === null
          ? joined({ offset: 3, snapshot: snapshot(3, { messages: [question('u1')], has_older: true }) })
          : joined({ epoch: 'f', offset: 4, snapshot: snapshot(4, { messages: [question('u2')] }) }),
      'chat:history': () => older(4, [], { epoch: 'f' }),
    })
    void s.conversation.loadOlder()
    await s.clock.advance(100)
    expect(s.conversation.getSnapshot()).toMatchObject({ messages: [{ id: 'u2' }], hasOlder: false })
  })
})

describe('a join that was refused for good', () => {
  it('is asked for and told once more when the person takes the error off the screen, and not at each push', async () => {
    const s = scripted()
    const off = s.conversation.subscribe(() => {})
    await s.clock.advance(100)
    s.push(said(1, { type: 'message', message: question('q') }))
    s.rewrite({ 'chat:join': () => refused({ error_code: 'auth', code: 'forbidden', retryable: false }) })
    const errors: string[] = []
    s.client.on('error', ({ error }) => errors.push(error.code))
    s.push(said(9, { type: 'message', message: question('q9') }))
    await s.clock.advance(1000)
    expect(errors).toEqual(['forbidden'])
    s.conversation.clearError()
    s.push(said(2, { type: 'message', message: question('q2') }))
    s.push(said(3, { type: 'message', message: question('q3') }))
    await s.clock.advance(1000)
    off()
    expect(errors).toEqual(['forbidden', 'forbidden'])
  })
})
