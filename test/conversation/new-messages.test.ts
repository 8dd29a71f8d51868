import { describe, expect, it } from 'vitest'
import { answered, joined, older, question, said, scripted, snapshot } from '../support/scripted-server.js'
import { setUp } from '../support/set-up.js'

const messages = (...ids: string[]) => ids.map((id) => question(id))

/** The page's first look at a log of three messages, and the ids of the messages that it is told of from then on. */
async function opened(first: object) {
  const server = scripted({ 'chat:join': () => joined(first) })
  const told: string[] = []
  server.conversation.on('message', ({ id }) => void told.push(id))
  server.conversation.subscribe(() => {})
  await server.clock.advance(100)
  /** The connection is lost, and each join from now on is answered so. */
  const comeBack = async (answer: object) => {
    server.rewrite({ 'chat:join': () => joined(answer) })
    server.cut()
    await server.clock.advance(5000)
  }
  return { ...server, told, comeBack }
}

const bySnapshot = {
  offset: 3,
  snapshot: snapshot(3, { messages: messages('m1', 'm2', 'm3'), has_older: true }),
}
const byEvents = {
  offset: 3,
  events: [1, 2, 3].map((n) => said(n, { type: 'message', message: question(`m${n}`) })),
}

describe.each([
  ['a snapshot', bySnapshot],
  ['events', byEvents],
])('a page whose first join is answered with %s', (_, first) => {
  it('is told of no message of the history', async () => {
    const { told, conversation } = await opened(first)
    expect(conversation.getSnapshot().messages).toHaveLength(3)
    expect(told).toEqual([])
  })

  it('is told of each message that is pushed later, once', async () => {
    const { told, push, clock } = await opened(first)
    push(said(4, { type: 'message', message: question('m4') }))
    push(said(4, { type: 'message', message: question('m4') }))
    push(said(5, { type: 'start', task_id: 't', message_id: 'a4', attempt: 1 }))
    push(said(6, { type: 'delta', task_id: 't', message_id: 'a4', part: 0, text: 'x' }))
    await clock.advance(100)
    expect(told).toEqual(['m4', 'a4'])
  })

  it('is told of the messages that a snapshot brings after an absence, in order, once', async () => {
    const { told, comeBack } = await opened(first)
    const all = [...messages('m2', 'm3', 'm4'), answered('a4'), ...messages('m5')]
    await comeBack({ offset: 60, snapshot: snapshot(60, { messages: all }) })
    expect(told).toEqual(['m4', 'a4', 'm5'])
    await comeBack({ offset: 60, snapshot: snapshot(60, { messages: all }) })
    expect(told).toEqual(['m4', 'a4', 'm5'])
  })

  it('is told of all messages of a snapshot that holds none of those that it had', async () => {
    const { told, comeBack } = await opened(first)
    await comeBack({
      offset: 90,
      snapshot: snapshot(90, { messages: messages('m51', 'm52'), has_older: true }),
    })
    expect(told).toEqual(['m51', 'm52'])
  })

  it('is told nothing twice by a new log that holds the same messages', async () => {
    const { told, comeBack } = await opened(first)
    const same = snapshot(9, { messages: messages('m1', 'm2', 'm3', 'm4') })
    await comeBack({ epoch: 'new', offset: 9, snapshot: same })
    expect(told).toEqual(['m4'])
  })

  it('is told of no message that stands before the ones that it had', async () => {
    const { told, comeBack } = await opened(first)
    const longer = snapshot(8, { messages: messages('m0', 'm1', 'm2', 'm3') })
    await comeBack({ offset: 8, snapshot: longer })
    expect(told).toEqual([])
  })
})

it('older messages that a person loads are not told as new', async () => {
  const { told, conversation, rewrite, clock } = await opened(bySnapshot)
  rewrite({ 'chat:history': () => older(3, messages('m-1', 'm0')) })
  const loaded = conversation.loadOlder()
  await clock.advance(100)
  await loaded
  expect(conversation.getSnapshot().messages).toHaveLength(5)
  expect(told).toEqual([])
})

it('a person’s own message and its answer are told once each, also if the first attempt fails', async () => {
  const reset = Object.assign(new Error('x'), { code: 'ECONNRESET' })
  const { conversation, clock, responder } = setUp({
    responder: { fail: (run, word) => (run === 1 && word === 2 ? reset : undefined) },
  })
  const told: string[] = []
  conversation.on('message', ({ role }) => void told.push(role))
  conversation.subscribe(() => {})
  await clock.advance(1000)
  const task = conversation.sendMessage('Hello')
  await clock.advance(20_000)
  await task.finished
  expect(responder.runs).toBe(2)
  expect(told).toEqual(['user', 'assistant'])
})

it('thousands of unreadable events a second are one event “discontinuity” a second, which counts them all', async () => {
  const { conversation, push, clock } = await opened(bySnapshot)
  const counts: number[] = []
  conversation.on('discontinuity', ({ count }) => void counts.push(count))
  for (let n = 0; n < 3000; n++) {
    push(said(4 + n, { type: 'delta', task_id: 't', message_id: 'a', part: 0, text: 7 }))
    await clock.advance(1)
  }
  await clock.advance(2000)
  expect(counts).toEqual([1, 1000, 2000, 3000])
  expect(conversation.getSnapshot().discontinuity?.count).toBe(3000)
})
