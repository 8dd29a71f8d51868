import { describe, expect, it } from 'vitest'
import { accepted, answered, joined, question, said, snapshot, watched } from '../support/scripted-server.js'
import { outcome } from '../support/set-up.js'

/** A page that shows what the server gave at first. */
function showing(...ids: string[]) {
  const messages = ids.map((id) => (id.startsWith('u') ? question(id) : answered(id)))
  const first = joined({ offset: 4, snapshot: snapshot(4, { messages }) })
  return watched({ 'chat:join': () => first, 'chat:send': () => undefined })
}

type Shown = Awaited<ReturnType<typeof showing>>

/** The connection breaks; the answers to the joins after that. */
async function comeBack({ clock, cut, rewrite }: Shown, ...answers: object[]) {
  rewrite({ 'chat:join': () => (answers.length > 1 ? answers.shift() : answers[0]) })
  cut()
  await clock.advance(20_000)
}

const reported = ({ conversation }: Shown) => conversation.getSnapshot().discontinuity

const given = (messages: object[], fields: object = {}) =>
  joined({ offset: 8, snapshot: snapshot(8, { messages }), ...fields })

const intents = [
  {
    what: 'a regeneration',
    act: ({ conversation }: Shown) => conversation.regenerate(),
    becomes: (task_id: string) => [question('u1'), answered('a2', { task_id })],
  },
  {
    what: 'an edit',
    act: ({ conversation }: Shown) => conversation.editMessage('u1', 'other'),
    becomes: (task_id: string) => [question('u2', { task_id }), answered('a2', { task_id })],
  },
]

describe.each(intents)('$what of mine whose outcome I hear of only after a reconnect', ({ act, becomes }) => {
  it('reports nothing as vanished: what it removed was off the screen already', async () => {
    const page = await showing('u1', 'a1')
    const task = act(page)
    await comeBack(page, given(becomes(task.id)))
    expect(await outcome(task.finished)).toBe('resolved')
    expect(reported(page)).toBe(null)
  })

  it('nor where the server says it in several answers', async () => {
    const page = await showing('u1', 'a1')
    const task = act(page)
    const first = given(becomes(task.id), { offset: 9 })
    const last = said(9, { type: 'message', message: question('u3') })
    await comeBack(page, first, joined({ offset: 9, events: [last] }))
    expect(await outcome(task.finished)).toBe('resolved')
    expect(reported(page)).toBe(null)
  })

  it('nor where somebody stopped it before it began', async () => {
    const page = await showing('u1', 'a1')
    page.rewrite({ 'chat:send': () => accepted(5) })
    const task = act(page)
    await page.clock.advance(100)
    await comeBack(page, given(becomes(task.id).slice(0, 1)))
    expect(reported(page)).toBe(null)
  })

  it('reports it where it never came to that, because the log was lost', async () => {
    const page = await showing('u1', 'a1')
    act(page)
    await comeBack(page, joined({ epoch: 'f', offset: 0 }))
    expect(reported(page)).toMatchObject({ reason: 'vanished', count: 2 })
  })

  it('reports what else is gone', async () => {
    const page = await showing('u0', 'a0', 'u1', 'a1')
    const task = act(page)
    await comeBack(page, given(becomes(task.id)))
    expect(reported(page)).toMatchObject({ reason: 'vanished', count: 2 })
  })
})

describe('a snapshot without a message', () => {
  it('is no alarm where the conversation has older ones', async () => {
    const page = await showing('u1', 'a1')
    await comeBack(page, joined({ offset: 5, snapshot: snapshot(5, { has_older: true }) }))
    expect(reported(page)).toBe(null)
  })

  it('is one where it has none', async () => {
    const page = await showing('u1', 'a1')
    await comeBack(page, joined({ offset: 5, snapshot: snapshot(5) }))
    expect(reported(page)).toMatchObject({ reason: 'vanished', count: 2 })
  })
})

describe('a truncate from a message that the page has not loaded', () => {
  async function cutBeforeTheAnswer() {
    const first = joined({
      offset: 4,
      snapshot: snapshot(4, { messages: [question('u1'), answered('a1')], has_older: true }),
    })
    const page = await watched({ 'chat:join': () => first })
    page.rewrite({ 'chat:join': () => undefined })
    page.push(said(5, { type: 'truncate', task_id: 't', from_message_id: 'u0' }))
    await page.clock.advance(5)
    return page
  }

  it('explains that the shown messages are gone', async () => {
    const page = await cutBeforeTheAnswer()
    await comeBack(page, joined({ offset: 5, snapshot: snapshot(5, { messages: [] }) }))
    expect(reported(page)).toBe(null)
  })

  it('explains nothing in another log, which has lost it too', async () => {
    const page = await cutBeforeTheAnswer()
    await comeBack(page, joined({ epoch: 'f', offset: 0 }))
    expect(reported(page)).toMatchObject({ reason: 'vanished', count: 2 })
  })
})

it('a client that is closed right after a discontinuity leaves no timer behind', async () => {
  const { clientClock, client, conversation, push } = await watched()
  push(said(1, { type: 'start' }))
  expect(conversation.getSnapshot().discontinuity).toMatchObject({ reason: 'skipped', count: 1 })
  expect(clientClock.pending).toBeGreaterThan(0)
  await client.close()
  expect(clientClock.pending).toBe(0)
})
