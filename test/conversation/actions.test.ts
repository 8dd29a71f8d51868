import { describe, expect, it } from 'vitest'
import { messageText } from '../../src/index.js'
import type { AnswerChunk, RespondRequest } from '../../src/server/index.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { outcome, setUp, transcript } from '../support/set-up.js'
import { wordsOf } from '../support/word-responder.js'

describe('stop', () => {
  it('keeps what was streamed, and shows that it is stopping until the server has said so', async () => {
    const { clock, conversation, network } = setUp()
    conversation.subscribe(() => {})
    const task = conversation.sendMessage('Hello')
    await clock.advance(75)
    const stopped = conversation.stop()
    expect(conversation.getSnapshot().messages[1]?.status).toBe('stopping')
    await clock.advance(100)
    await stopped
    const answer = await task.finished
    expect(answer.status).toBe('stopped')
    expect(wordsOf(1).startsWith(messageText(answer))).toBe(true)
    await clock.advance(60_000)
    expect(conversation.getSnapshot().messages[1]).toBe(answer)
    expect(conversation.getSnapshot().status).toBe('ready')
    expect(network.sent('chat:stop')).toHaveLength(1)
  })

  it('takes back a message that never left, without a word to the server', async () => {
    const { clock, conversation, network } = setUp()
    network.reachable = false
    const task = conversation.sendMessage('Hello')
    await clock.advance(1000)
    await conversation.stop(task.id)
    expect(await outcome(task.finished)).toBe('cancelled')
    expect(conversation.getSnapshot()).toMatchObject({ messages: [], status: 'ready' })
    network.reachable = true
    await clock.advance(60_000)
    expect(network.sent('chat:send')).toEqual([])
    expect(network.sent('chat:stop')).toEqual([])
  })

  it('ends a message that may have arrived, even if it arrives afterwards', async () => {
    const { clock, conversation, network, responder } = setUp()
    network.losesRequest = ({ event }) => event === 'chat:send'
    const task = conversation.sendMessage('Hello')
    await clock.advance(50)
    const stopped = conversation.stop(task.id)
    network.losesRequest = () => false
    await clock.advance(1000)
    await stopped
    expect(await outcome(task.finished)).toBe('cancelled')
    const late = network.sent('chat:send')[0]?.payload
    const answer = await network.handler.send('guest', late as never)
    expect(answer).toMatchObject({ duplicate: true, state: 'stopped' })
    await clock.advance(10_000)
    expect(responder.runs).toBe(0)
    expect(conversation.getSnapshot().messages).toEqual([])
  })

  it('ends the wait before a retry', async () => {
    const { clock, conversation, responder } = setUp({
      responder: { fail: () => Object.assign(new Error('x'), { code: 'ECONNRESET' }) },
      client: { retry: { baseDelay: 5000, jitter: 'none' } },
    })
    const task = conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect(conversation.getSnapshot().retryState).not.toBeNull()
    const stopped = conversation.stop()
    await clock.advance(60_000)
    await stopped
    expect(await outcome(task.finished)).toBe('cancelled')
    expect(conversation.getSnapshot()).toMatchObject({ retryState: null, status: 'ready' })
    expect(responder.runs).toBe(1)
  })

  it('reaches the server later when it is asked for offline', async () => {
    const { clock, conversation, network } = setUp({ responder: { words: 10_000 } })
    const task = conversation.sendMessage('Hello')
    await clock.advance(100)
    network.reachable = false
    network.cut()
    const stopped = conversation.stop()
    await clock.advance(3000)
    expect(conversation.getSnapshot().messages[1]?.status).toBe('stopping')
    network.reachable = true
    await clock.advance(10_000)
    await stopped
    expect((await task.finished).status).toBe('stopped')
  })

  it('without an id stops the running task before a queued one', async () => {
    const { clock, conversation } = setUp({ responder: { words: 100 } })
    const first = conversation.sendMessage('first')
    const second = conversation.sendMessage('second')
    await clock.advance(100)
    void conversation.stop()
    await clock.advance(300)
    expect((await first.finished).status).toBe('stopped')
    expect(conversation.getSnapshot().status).toBe('streaming')
    await clock.advance(5000)
    expect((await second.finished).status).toBe('complete')
  })
})

describe('regenerate and edit', () => {
  it('answers again in the place of the last answer', async () => {
    const { clock, conversation } = setUp()
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    const task = conversation.regenerate()
    expect(transcript(conversation.getSnapshot().messages)).toEqual(['user: Hello (sent)'])
    expect(conversation.getSnapshot().status).toBe('submitted')
    await clock.advance(1000)
    expect(messageText(await task.finished)).toBe(wordsOf(2))
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: Hello (sent)',
      `assistant: ${wordsOf(2).trim()} (complete)`,
    ])
  })

  it('puts the new text in the place of the old one and removes what followed', async () => {
    const { clock, conversation, responder } = setUp({ responder: { words: 1 } })
    conversation.sendMessage('first')
    conversation.sendMessage('second')
    await clock.advance(1000)
    const first = conversation.getSnapshot().messages[0]
    const task = conversation.editMessage(first?.id ?? '', 'better')
    expect(transcript(conversation.getSnapshot().messages)).toEqual(['user: better (queued)'])
    await clock.advance(1000)
    await task.finished
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: better (sent)',
      'assistant: r3w1 (complete)',
    ])
    expect(responder.asked).toEqual(['first', 'second', 'better'])
  })

  it('leaves everything as it was when the server refuses', async () => {
    const { clock, conversation } = setUp({ responder: { words: 1 } })
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    const before = conversation.getSnapshot().messages
    const task = conversation.regenerate({ messageId: 'nonsense' })
    await clock.advance(1000)
    expect(await outcome(task.finished)).toBe('unknown_message')
    expect(conversation.getSnapshot().messages).toEqual(before)
    expect(conversation.getSnapshot().error?.code).toBe('unknown_message')
    conversation.clearError()
    expect(conversation.getSnapshot().status).toBe('ready')
  })
})

class ToolResponder {
  async *respond({ input }: RespondRequest): AsyncGenerator<AnswerChunk> {
    if (input?.kind === 'tool') {
      yield { type: 'text', text: input.approved === false ? 'declined' : 'done' }
      return
    }
    const tool = {
      type: 'tool',
      toolCallId: 'call-1',
      name: 'book',
      state: 'approval',
      input: { seats: 2 },
    } as const
    yield tool
  }
}

describe('a tool call that waits for the person', () => {
  it('goes on when the person approves', async () => {
    const { clock, conversation } = setUp({ server: { responder: new ToolResponder() } })
    conversation.sendMessage('Book two seats')
    await clock.advance(1000)
    const call = () => conversation.getSnapshot().messages[1]?.parts[0]
    expect(call()).toMatchObject({ type: 'tool', toolCallId: 'call-1', state: 'approval' })
    const task = conversation.respondToApproval({ toolCallId: 'call-1', approved: true })
    expect(call()).toMatchObject({ state: 'running' })
    await clock.advance(1000)
    expect(messageText(await task.finished)).toBe('done')
    expect(conversation.getSnapshot().messages).toHaveLength(3)
    expect(call()).not.toMatchObject({ state: 'approval' })
  })
})

describe('what a page must not have to fear', () => {
  it('an input that is refused adds nothing and rejects both promises', async () => {
    const { clock, conversation, network } = setUp({
      client: { limits: { maxQueued: 2, maxMessageBytes: 1000 } },
    })
    network.reachable = false
    const refused = [
      conversation.sendMessage(''),
      conversation.sendMessage('x'.repeat(2000)),
      conversation.sendMessage({ parts: [{ type: 'text' } as never] }),
      conversation.sendMessage(undefined as never),
    ]
    expect(conversation.getSnapshot().messages).toEqual([])
    const codes = await Promise.all(
      refused.flatMap(({ accepted, finished }) => [outcome(accepted), outcome(finished)]),
    )
    expect(codes.slice(0, 4)).toEqual([
      'invalid_message',
      'invalid_message',
      'message_too_large',
      'message_too_large',
    ])
    expect(codes.slice(4, 6)).toEqual(['invalid_message', 'invalid_message'])
    conversation.sendMessage('one')
    conversation.sendMessage('two')
    expect(await outcome(conversation.sendMessage('three').accepted)).toBe('queue_full')
    expect(conversation.getSnapshot().messages).toHaveLength(2)
    await clock.advance(100)
  })

  it('a full queue counts the messages of all conversations, and those that another page left', async () => {
    const storage = memoryOutbox()
    const limits = { maxQueued: 4 }
    const { clock, client, network, makeClient } = setUp({ client: { identity: 'ann', storage, limits } })
    network.reachable = false
    client.conversation('one').sendMessage('one')
    client.conversation('two').sendMessage('two')
    await clock.advance(100)
    await client.close()
    const next = makeClient()
    next.connect()
    await clock.advance(1000)
    const tasks = ['three', 'four', 'five'].map((text) => next.conversation(text).sendMessage(text))
    expect(await outcome(tasks[2]?.accepted ?? Promise.resolve())).toBe('queue_full')
    expect(next.getSnapshot().queued).toBe(4)
    network.reachable = true
    await clock.advance(20_000)
    for (const { accepted } of tasks.slice(0, 2)) expect(await outcome(accepted)).toBe('resolved')
    const later = next.conversation('five').sendMessage('five')
    await clock.advance(1000)
    expect(await outcome(later.accepted)).toBe('resolved')
  })

  it('every promise is settled and every timer gone after close()', async () => {
    const { clock, clientClock, client, conversation } = setUp({ responder: { words: 100 } })
    conversation.subscribe(() => {})
    const streaming = conversation.sendMessage('streaming')
    const queued = conversation.sendMessage('queued')
    const other = client.conversation('other').sendMessage('elsewhere')
    await clock.advance(100)
    await client.close()
    const ends = [streaming.finished, queued.finished, other.finished].map(outcome)
    expect(await Promise.all(ends)).toEqual(['closed', 'closed', 'closed'])
    expect(clientClock.pending).toBe(0)
    expect(client.getSnapshot().connection.status).toBe('closed')
    expect(await outcome(conversation.sendMessage('late').accepted)).toBe('closed')
    client.connect()
    await clock.advance(1000)
    expect(client.getSnapshot().connection.status).toBe('closed')
  })

  it('a throwing listener silences no other one', async () => {
    const { clock, conversation, client } = setUp()
    const seen: string[] = []
    client.on('connection', () => {
      throw new Error('mine')
    })
    client.on('connection', ({ status }) => seen.push(status))
    conversation.subscribe(() => {
      throw new Error('mine too')
    })
    let notified = 0
    conversation.subscribe(() => notified++)
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect(seen).toEqual(['connecting', 'connected'])
    expect(notified).toBeGreaterThan(0)
  })
})

describe('a second client', () => {
  it('sees the same conversation, and can stop or retry what the first one sent', async () => {
    const { clock, conversation, makeClient } = setUp({ responder: { words: 30 } })
    conversation.subscribe(() => {})
    conversation.sendMessage('Hello')
    const other = makeClient().conversation('demo')
    other.subscribe(() => {})
    await clock.advance(150)
    expect(other.getSnapshot().status).toBe('streaming')
    void other.stop()
    await clock.advance(100)
    expect(conversation.getSnapshot().messages[1]?.status).toBe('stopped')
    expect(transcript(other.getSnapshot().messages)).toEqual(transcript(conversation.getSnapshot().messages))
  })

  it('loads what is older page by page', async () => {
    const { clock, conversation, makeClient } = setUp({ responder: { words: 1 }, server: { maxBacklog: 5 } })
    for (let n = 1; n <= 40; n++) conversation.sendMessage(`message ${n}`)
    await clock.advance(20_000)
    const other = makeClient().conversation('demo')
    other.subscribe(() => {})
    await clock.advance(100)
    expect(other.getSnapshot()).toMatchObject({ hasOlder: true })
    expect(other.getSnapshot().messages).toHaveLength(50)
    const loaded = other.loadOlder()
    await clock.advance(100)
    await loaded
    expect(other.getSnapshot()).toMatchObject({ hasOlder: false })
    expect(transcript(other.getSnapshot().messages)).toEqual(transcript(conversation.getSnapshot().messages))
  })
})

describe('a conversation that nobody looks at', () => {
  it('is left after gcTime, and can be used again', async () => {
    const { clock, client, conversation, network } = setUp({ client: { gcTime: 60_000 } })
    const unsubscribe = conversation.subscribe(() => {})
    await clock.advance(100)
    unsubscribe()
    await clock.advance(59_000)
    expect(network.sent('chat:leave')).toHaveLength(0)
    await clock.advance(2000)
    expect(network.sent('chat:leave')).toHaveLength(1)
    expect(client.conversation('demo')).toBe(conversation)
    const task = conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect(await outcome(task.finished)).toBe('resolved')
  })
})
