import { describe, expect, it } from 'vitest'
import { messageText } from '../../src/index.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { accepted, answered, joined, question, refused, said, scripted } from '../support/scripted-server.js'
import { outcome, setUp, transcript } from '../support/set-up.js'
import { storedBy } from '../support/stored.js'
import { wordsOf } from '../support/word-responder.js'

const reset = () => Object.assign(new Error('x'), { code: 'ECONNRESET' })

describe('a retry', () => {
  it('that the server forgot when it restarted is asked for again', async () => {
    const { clock, conversation, network, responder, makeClient } = setUp({
      responder: { words: 200, fail: (run, word) => (run === 1 && word === 2 ? reset() : undefined) },
    })
    conversation.subscribe(() => {})
    const task = conversation.sendMessage('fails first')
    const other = makeClient().conversation('demo')
    const long = other.sendMessage('long')
    // The second task runs now, and the retry of the first one waits for its turn behind it.
    await clock.advance(1500)
    expect(network.sent('chat:retry')).toHaveLength(1)
    expect(responder.runs).toBe(2)
    await network.restart()
    await clock.advance(60_000)
    expect(await outcome(Promise.race([task.finished, long.finished]))).toBe('resolved')
    expect((await task.finished).status).toBe('complete')
  })

  it('obeys the advice that a refused retry was given', async () => {
    const { clock, conversation, network } = setUp({
      responder: { fail: (run) => (run === 1 ? reset() : undefined) },
      client: { retry: { jitter: 'none' } },
    })
    const asked: number[] = []
    network.answers = ({ event }) => {
      if (event !== 'chat:retry') return undefined
      asked.push(clock.now())
      return asked.length === 1 ? refused({ code: 'overloaded', retry_after_ms: 30_000 }) : undefined
    }
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    expect(messageText(await task.finished)).toBe(wordsOf(2))
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(30_000)
  })

  it('is paid from one budget by all conversations', async () => {
    const { clock, client, network } = setUp({
      responder: { fail: reset },
      client: { retry: { maxAttempts: 10 } },
    })
    const tasks = Array.from({ length: 10 }, (_, n) => client.conversation(`c${n}`).sendMessage('Hello'))
    await clock.advance(600_000)
    expect(await Promise.all(tasks.map((task) => outcome(task.finished)))).toEqual(Array(10).fill('network'))
    expect(network.sent('chat:retry')).toHaveLength(5)
  })

  it('by a person, twice, is one retry', async () => {
    const { clock, conversation, network } = setUp({
      responder: { fail: (run) => (run <= 3 ? reset() : undefined) },
    })
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    const [again, same] = [conversation.retry(), conversation.retry(task.id)]
    expect(same).toBe(again)
    await clock.advance(5000)
    expect((await again.finished).status).toBe('complete')
    expect(network.sent('chat:retry')).toHaveLength(3)
  })

  it('by two people at once runs the task once', async () => {
    const { clock, conversation, makeClient, responder } = setUp({
      responder: { fail: (run) => (run <= 3 ? reset() : undefined) },
    })
    const task = conversation.sendMessage('Hello')
    const other = makeClient().conversation('demo')
    other.subscribe(() => {})
    await clock.advance(60_000)
    const ends = [conversation.retry(task.id), other.retry(task.id)].map(({ finished }) => finished)
    await clock.advance(10_000)
    expect((await Promise.all(ends)).map(messageText)).toEqual([wordsOf(4), wordsOf(4)])
    expect(responder.runs).toBe(4)
  })

  it('of a message that was given up is as safe from the end of the page as its first send', async () => {
    const storage = memoryOutbox()
    const { clock, client, conversation, network } = setUp({ client: { identity: 'ann', storage } })
    network.answers = ({ event }) => (event === 'chat:send' ? refused({ retryable: false }) : undefined)
    const task = conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect(await outcome(task.finished)).toBe('temporary')
    expect(await storedBy(storage, 'ann')).toEqual([])
    network.reachable = false
    network.cut()
    conversation.retry(task.id)
    await clock.advance(1000)
    expect(await storedBy(storage, 'ann')).toMatchObject([{ taskId: task.id }])
    await client.close()
  })

  it('of tasks that share an id in two conversations are two', async () => {
    const { clock, network, makeClient } = setUp({
      responder: { fail: (run) => (run <= 2 ? reset() : undefined) },
    })
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
    await clock.advance(500)
    const tasks = ['one', 'two'].map((id) => client.conversation(id).retry('task-1'))
    await clock.advance(5000)
    expect(await Promise.all(tasks.map(({ finished }) => outcome(finished)))).toEqual([
      'resolved',
      'resolved',
    ])
    expect(network.sent('chat:retry').map(({ payload }) => payload.conversation_id)).toEqual(['one', 'two'])
  })
})

describe('a late acknowledgement', () => {
  it('brings no task back that was given up', async () => {
    const { clock, conversation, push } = scripted({
      'chat:send': ({ task_id }) => {
        push([
          said(1, { type: 'message', task_id, message: question('u1') }),
          said(2, { ...refused({ retryable: false }).error, task_id, attempt: 1 }),
        ])
        return accepted(1)
      },
    })
    conversation.subscribe(() => {})
    await clock.advance(100)
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    expect(await outcome(task.finished)).toBe('temporary')
    expect(conversation.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'temporary' } })
    expect(transcript(conversation.getSnapshot().messages)).toEqual(['user: u1 (failed)'])
  })
})

describe('an accepted task', () => {
  it('ends when the conversation may not be joined any more', async () => {
    const { clock, conversation, rewrite, cut, asked } = scripted({
      'chat:join': () => joined({}),
      'chat:send': () => accepted(1),
    })
    const task = conversation.sendMessage('Hello')
    await clock.advance(1000)
    rewrite({ 'chat:join': () => refused({ error_code: 'auth', code: 'forbidden', retryable: false }) })
    cut()
    await clock.advance(600_000)
    expect(
      await outcome(Promise.race([task.finished, new Promise((resolve) => setImmediate(resolve))])),
    ).toBe('forbidden')
    expect(asked('chat:join')).toHaveLength(2)
  })

  it('is sent again where the same log came back shorter than its place in it', async () => {
    const { clock, conversation, rewrite, cut, asked, push } = scripted({
      'chat:join': () => joined({}),
      'chat:send': () => accepted(5),
    })
    const task = conversation.sendMessage('Hello')
    await clock.advance(1000)
    rewrite({
      'chat:send': ({ task_id }) => {
        push([
          said(1, { type: 'message', task_id, message: question('u1') }),
          said(2, { type: 'start', task_id, message_id: 'a1', attempt: 1 }),
          said(3, { type: 'finish', task_id, message_id: 'a1' }),
        ])
        return accepted(1)
      },
    })
    cut()
    await clock.advance(60_000)
    expect(asked('chat:send')).toHaveLength(2)
    expect((await task.finished).id).toBe(answered('a1').id)
  })
})
