import { describe, expect, it } from 'vitest'
import { messageText } from '../src/index.js'
import { outcome, setUp, transcript } from './support/set-up.js'
import { wordsOf } from './support/word-responder.js'

describe('a conversation', () => {
  it('shows a message at once and then its streamed answer', async () => {
    const { clock, clientClock, conversation, client } = setUp()
    conversation.subscribe(() => {})
    const task = conversation.sendMessage('Hello')
    expect(transcript(conversation.getSnapshot().messages)).toEqual(['user: Hello (queued)'])
    expect(conversation.getSnapshot().status).toBe('submitted')
    await clock.advance(80)
    expect(conversation.getSnapshot().status).toBe('streaming')
    await clock.advance(1000)
    await task.accepted
    expect(messageText(await task.finished)).toBe(wordsOf(1))
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: Hello (sent)',
      `assistant: ${wordsOf(1).trim()} (complete)`,
    ])
    expect(conversation.getSnapshot().status).toBe('ready')
    await client.close()
    expect(clientClock.pending).toBe(0)
  })

  it('sends without a subscriber, because a message is reason enough to connect', async () => {
    const { clock, conversation, network } = setUp()
    const task = conversation.sendMessage('Hello')
    await clock.advance(500)
    expect(await outcome(task.finished)).toBe('resolved')
    expect(network.handshakes).toEqual([{ protocol: 1 }])
  })

  it('sends messages in the order in which they were written, each once', async () => {
    const { clock, conversation, responder, network } = setUp({ responder: { words: 1 } })
    for (let n = 1; n <= 5; n++) conversation.sendMessage(`message ${n}`)
    await clock.advance(2000)
    expect(responder.asked).toEqual([1, 2, 3, 4, 5].map((n) => `message ${n}`))
    expect(network.sent('chat:send')).toHaveLength(5)
    const users = conversation.getSnapshot().messages.filter((message) => message.role === 'user')
    expect(users.map(messageText)).toEqual([1, 2, 3, 4, 5].map((n) => `message ${n}`))
  })

  it('keeps the identity of messages that did not change while another one streams', async () => {
    const { clock, conversation } = setUp({ responder: { pace: 50 } })
    conversation.sendMessage('Hello')
    await clock.advance(150)
    const before = conversation.getSnapshot().messages
    await clock.advance(60)
    const after = conversation.getSnapshot().messages
    expect(after[0]).toBe(before[0])
    expect(after[1]).not.toBe(before[1])
    expect(conversation.getSnapshot()).toBe(conversation.getSnapshot())
  })

  it('notifies at most once for all that happens between two frames', async () => {
    const flushes: (() => void)[] = []
    const schedule = (flush: () => void) => {
      flushes.push(flush)
      return () => {}
    }
    const { clock, conversation } = setUp({ client: { schedule } })
    let notified = 0
    conversation.subscribe(() => notified++)
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect(flushes).toHaveLength(1)
    expect(notified).toBe(0)
    flushes[0]?.()
    expect(notified).toBe(1)
  })
})

describe('a lost connection', () => {
  it('costs an answer nothing, wherever it is cut', async () => {
    for (let cutAfter = 0; cutAfter <= 12; cutAfter++) {
      const { clock, conversation, network, responder } = setUp()
      conversation.subscribe(() => {})
      const task = conversation.sendMessage('Hello')
      let pushes = 0
      network.push = (event) => {
        if (pushes++ === cutAfter) clock.setTimeout(() => network.cut(), 0)
        return [event]
      }
      await clock.advance(20_000)
      expect(messageText(await task.finished), `cut after push ${cutAfter}`).toBe(wordsOf(1))
      expect(responder.runs).toBe(1)
      expect(conversation.getSnapshot().messages).toHaveLength(2)
    }
  })

  it('keeps what is written meanwhile and sends it when the connection is back', async () => {
    const { clock, conversation, network } = setUp({ responder: { words: 1 } })
    network.reachable = false
    conversation.sendMessage('first')
    conversation.sendMessage('second')
    await clock.advance(30_000)
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: first (queued)',
      'user: second (queued)',
    ])
    expect(network.sent('chat:send')).toHaveLength(0)
    network.reachable = true
    await clock.advance(20_000)
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: first (sent)',
      'assistant: r1w1 (complete)',
      'user: second (sent)',
      'assistant: r2w1 (complete)',
    ])
  })

  it('makes no second message of a send whose acknowledgement was lost', async () => {
    const { clock, conversation, network, responder } = setUp()
    network.losesAnswer = ({ event }) => event === 'chat:send'
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    expect(await outcome(task.accepted)).toBe('resolved')
    expect(messageText(await task.finished)).toBe(wordsOf(1))
    expect(responder.runs).toBe(1)
    expect(conversation.getSnapshot().messages).toHaveLength(2)
  })

  it('repeats a send that was lost, under the same id', async () => {
    const { clock, conversation, network, responder } = setUp()
    let lost = 0
    network.losesRequest = ({ event }) => event === 'chat:send' && lost++ < 1
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    expect(await outcome(task.finished)).toBe('resolved')
    const ids = network.sent('chat:send').map(({ payload }) => payload.task_id)
    expect(ids).toEqual([task.id, task.id])
    expect(responder.runs).toBe(1)
  })
})

describe('a failed attempt', () => {
  it('is tried again by itself, with the count and the time of the next attempt on the screen', async () => {
    const { clock, conversation, network } = setUp({
      responder: {
        fail: (run) => (run === 1 ? Object.assign(new Error('x'), { code: 'ECONNRESET' }) : undefined),
      },
      server: { retry: { maxAttempts: 1 } },
      client: { retry: { jitter: 'none' } },
    })
    const retries: unknown[] = []
    conversation.on('retry', (state) => retries.push(state.attempt))
    const task = conversation.sendMessage('Hello')
    await clock.advance(200)
    const { retryState, messages, status } = conversation.getSnapshot()
    expect(status).toBe('submitted')
    expect(retryState).toMatchObject({ taskId: task.id, attempt: 2, maxAttempts: 3 })
    expect(messages[0]?.status).toBe('retrying')
    await clock.advance(5000)
    expect(messageText(await task.finished)).toBe(wordsOf(2))
    expect(network.sent('chat:retry').map(({ payload }) => payload.attempt)).toEqual([2])
    expect(retries).toEqual([2])
  })
})

describe('closing', () => {
  it('ends a conversation that a listener asks for meanwhile', async () => {
    const s = setUp()
    s.conversation.subscribe(() => s.client.conversation('other').subscribe(() => {})())
    await s.clock.advance(100)
    await s.client.close()
    expect(s.clientClock.pending).toBe(0)
  })
})

it('disconnect() of a client that is idle changes nothing, so a listener that calls it is not called for ever', () => {
  const { client } = setUp()
  let told = 0
  const before = client.getSnapshot()
  client.on('connection', () => {
    if (++told < 1000) client.disconnect()
  })
  client.disconnect()
  expect(told).toBeLessThanOrEqual(1)
  expect(client.getSnapshot()).toBe(before)
})
