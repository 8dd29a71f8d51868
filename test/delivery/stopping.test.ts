import { describe, expect, it } from 'vitest'
import type { OutboxStorage } from '../../src/storage/index.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import {
  accepted,
  answered,
  exchange,
  joined,
  question,
  refused,
  said,
  snapshot,
  watched,
} from '../support/scripted-server.js'
import { outcome, setUp, transcript } from '../support/set-up.js'
import { storedBy } from '../support/stored.js'

const fails = { fail: () => Object.assign(new Error('x'), { code: 'ECONNRESET' }) }

describe('stop', () => {
  it('asked for twice is one request, and the task ends once', async () => {
    const { clock, conversation, network } = setUp({ responder: { words: 1000 } })
    const ends: string[] = []
    conversation.on('finish', ({ status }) => ends.push(status))
    const task = conversation.sendMessage('Hello')
    await clock.advance(100)
    const stops = [conversation.stop(), task.stop(), conversation.stop(task.id)].map(outcome)
    await clock.advance(1000)
    expect(await Promise.all(stops)).toEqual(['resolved', 'resolved', 'resolved'])
    expect(network.sent('chat:stop')).toHaveLength(1)
    expect(ends).toEqual(['stopped'])
    expect((await task.finished).status).toBe('stopped')
  })

  it("of another person's task shows that it is stopping, and is no end of a task of one's own", async () => {
    const { clock, conversation, makeClient } = setUp({ responder: { words: 1000 } })
    conversation.sendMessage('Hello')
    const other = makeClient().conversation('demo')
    other.subscribe(() => {})
    const ends: unknown[] = []
    other.on('finish', (answer) => ends.push(answer))
    await clock.advance(200)
    const stopped = outcome(other.stop())
    expect(other.getSnapshot().messages[1]?.status).toBe('stopping')
    await clock.advance(1000)
    expect(await stopped).toBe('resolved')
    expect(transcript(other.getSnapshot().messages)[1]).toContain('(stopped)')
    expect(other.getSnapshot().status).toBe('ready')
    expect(ends).toEqual([])
  })

  it('that the server refuses does not run a failed task again', async () => {
    const { clock, conversation, network } = setUp({ responder: fails })
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    const retries = network.sent('chat:retry').length
    network.answers = ({ event }) =>
      event === 'chat:stop' ? refused({ error_code: 'auth', code: 'forbidden', retryable: false }) : undefined
    const stopped = outcome(conversation.stop(task.id))
    await clock.advance(60_000)
    expect(await stopped).toBe('forbidden')
    expect(network.sent('chat:retry')).toHaveLength(retries)
    expect(conversation.getSnapshot().messages[0]?.status).toBe('failed')
  })

  it('that the server refuses leaves a running task running', async () => {
    const { clock, conversation, network } = setUp()
    network.answers = ({ event }) =>
      event === 'chat:stop' ? refused({ error_code: 'auth', code: 'forbidden', retryable: false }) : undefined
    const task = conversation.sendMessage('Hello')
    await clock.advance(60)
    expect(await Promise.all([outcome(conversation.stop()), clock.advance(5000)])).toEqual([
      'forbidden',
      undefined,
    ])
    expect((await task.finished).status).toBe('complete')
    expect(network.sent('chat:send')).toHaveLength(1)
  })

  it('beats a storage that is slow: what was stopped before it left never leaves', async () => {
    const { clock, clientClock, conversation, network, makeClient } = setUp()
    const stored = memoryOutbox()
    const storage: OutboxStorage = {
      ...stored,
      put: (intent) =>
        new Promise((resolve) => clientClock.setTimeout(() => resolve(stored.put(intent)), 100)),
    }
    const own = makeClient({ identity: 'ann', storage }).conversation('demo')
    own.subscribe(() => {})
    await clock.advance(50)
    const task = own.sendMessage('Hello')
    await clock.advance(50)
    await own.stop(task.id)
    expect(await outcome(task.finished)).toBe('cancelled')
    await clock.advance(10_000)
    expect(network.sent('chat:send')).toEqual([])
    expect(await storedBy(stored, 'ann')).toEqual([])
    expect(conversation.getSnapshot().messages).toEqual([])
  })

  it('of a task whose log was lost meanwhile ends it there too', async () => {
    const { clock, conversation, network, responder } = setUp({ responder: { words: 1000 } })
    const task = conversation.sendMessage('Hello')
    await clock.advance(100)
    network.reachable = false
    await network.restart({ losesLog: true })
    const stopped = outcome(conversation.stop())
    await clock.advance(1000)
    network.reachable = true
    await clock.advance(30_000)
    expect(await stopped).toBe('resolved')
    expect(await outcome(task.finished)).toBe('cancelled')
    expect(responder.runs).toBe(1)
    expect(conversation.getSnapshot().status).toBe('ready')
  })

  it('of the same id in two conversations reaches both', async () => {
    const { clock, network, makeClient } = setUp({ responder: { words: 1000 } })
    const client = makeClient()
    for (const id of ['one', 'two']) {
      await network.handler.send('guest', {
        conversation_id: id,
        task_id: 'task-1',
        input: {
          kind: 'message',
          message: { id: 'm', role: 'user', parts: [{ type: 'text', text: 'x' }], created_at: 't' },
        },
      })
      client.conversation(id).subscribe(() => {})
    }
    await clock.advance(100)
    for (const id of ['one', 'two']) void client.conversation(id).stop('task-1')
    await clock.advance(1000)
    expect(network.sent('chat:stop').map(({ payload }) => payload.conversation_id)).toEqual(['one', 'two'])
    for (const id of ['one', 'two']) expect(client.conversation(id).getSnapshot().status).toBe('ready')
  })

  it('and discard end what they began when the person signs out', async () => {
    const { clock, clientClock, client, conversation, network, makeClient } = setUp({
      responder: { words: 1000 },
    })
    const task = conversation.sendMessage('Hello')
    const other = makeClient()
    other.conversation('demo').subscribe(() => {})
    await clock.advance(100)
    network.losesRequest = ({ event }) => event === 'chat:stop'
    const stops = [conversation.stop(), task.stop(), other.conversation('demo').stop()].map(outcome)
    await clock.advance(20)
    await client.signOut()
    await other.signOut()
    expect(await Promise.all(stops)).toEqual(['closed', 'closed', 'closed'])
    expect(await outcome(conversation.stop(task.id))).toBe('resolved')
    expect(clientClock.pending).toBe(0)
  })
})

describe('a failed message that is discarded', () => {
  it('is taken back from a server that may have it after all', async () => {
    const { clock, conversation, network, responder } = setUp()
    network.losesAnswer = () => true
    network.losesRequest = ({ event }) => event === 'chat:send'
    network.losesAnswer = ({ event }) => event === 'chat:send'
    const task = conversation.sendMessage('Hello')
    await clock.advance(120_000)
    expect(await outcome(task.finished)).toBe('timeout')
    expect(conversation.discard(task.id)).toBe(true)
    expect(conversation.discard(task.id)).toBe(false)
    expect(conversation.getSnapshot()).toMatchObject({ messages: [], status: 'ready', error: null })
    network.cut()
    await clock.advance(10_000)
    expect(network.sent('chat:stop').map(({ payload }) => payload.task_id)).toEqual([task.id])
    const late = network.sent('chat:send')[0]?.payload
    expect(await network.handler.send('guest', late as never)).toMatchObject({ state: 'stopped' })
    expect(responder.runs).toBe(0)
  })
})

it('a stop that is lost with its log leaves an answer that failed, and its task says why', async () => {
  const failed = {
    type: 'error',
    error: 'x',
    error_code: 'temporary',
    code: 'interrupted',
    retryable: true,
    timestamp: 't',
  }
  const { clock, client, conversation, firstId, push, cut, rewrite } = await watched({
    'chat:send': () => accepted(1),
    'chat:stop': () => ({ ok: true, epoch: 'e', offset: 9, stopped: true }),
  })
  const task = conversation.sendMessage('Hello')
  await clock.advance(100)
  const asked = question(firstId(), { task_id: task.id })
  const about = { task_id: task.id, message_id: 'answer' }
  push(said(1, { type: 'message', task_id: task.id, message: asked }))
  push(said(2, { type: 'start', ...about, attempt: 1 }))
  push(said(3, { type: 'delta', ...about, part: 0, text: 'Half' }))
  const stopped = outcome(conversation.stop())
  await clock.advance(100)
  rewrite({
    'chat:join': () =>
      joined({
        epoch: 'f',
        offset: 4,
        snapshot: snapshot(4, {
          messages: [asked, answered('answer', { task_id: task.id, status: 'failed', error: failed })],
          tasks: [{ task_id: task.id, attempt: 1, state: 'failed', message_id: 'answer', error: failed }],
        }),
      }),
  })
  cut()
  await clock.advance(10_000)
  expect(await stopped).toBe('resolved')
  expect(await outcome(task.finished)).toBe('interrupted')
  await client.close()
})

it('a stop that is lost with its log is asked for again if the answer goes on in the new log', async () => {
  const { clock, conversation, asked, firstId, push, cut, rewrite } = await watched({
    'chat:send': () => accepted(1),
    'chat:stop': () => ({ ok: true, epoch: 'e', offset: 9, stopped: true }),
  })
  const task = conversation.sendMessage('Hello')
  await clock.advance(100)
  push(exchange(task.id, firstId()).slice(0, 3))
  const stopped = outcome(conversation.stop())
  await clock.advance(100)
  const messages = [
    question(firstId(), { task_id: task.id }),
    answered('answer', { task_id: task.id, status: 'streaming' }),
  ]
  const tasks = [{ task_id: task.id, attempt: 1, state: 'running', message_id: 'answer' }]
  rewrite({
    'chat:join': () => joined({ epoch: 'f', offset: 3, snapshot: snapshot(3, { messages, tasks }) }),
    'chat:stop': () => ({ ok: true, epoch: 'f', offset: 4, stopped: true }),
  })
  cut()
  await clock.advance(3000)
  expect(asked('chat:stop')).toHaveLength(2)
  push({ ...said(4, { type: 'stop', task_id: task.id, message_id: 'answer' }), epoch: 'f' })
  await clock.advance(100)
  expect(await stopped).toBe('resolved')
  expect(transcript(conversation.getSnapshot().messages)[1]).toContain('(stopped)')
})

it('a stop whose answer names another log shows that log, and is over', async () => {
  const { clock, conversation, firstId, push, rewrite } = await watched({ 'chat:send': () => accepted(1) })
  const task = conversation.sendMessage('Hello')
  await clock.advance(100)
  push(exchange(task.id, firstId()).slice(0, 3))
  rewrite({
    'chat:stop': () => ({ ok: true, epoch: 'f', offset: 0, stopped: true }),
    'chat:join': () => joined({ epoch: 'f' }),
  })
  const stopped = outcome(conversation.stop())
  await clock.advance(100)
  expect(conversation.getSnapshot()).toMatchObject({ messages: [], status: 'ready' })
  expect(await stopped).toBe('resolved')
})
