import { describe, expect, it } from 'vitest'
import { messageText } from '../../src/index.js'
import { answered, joined, question, said, scripted, snapshot } from '../support/scripted-server.js'
import { outcome, setUp, transcript } from '../support/set-up.js'

const reset = () => Object.assign(new Error('x'), { code: 'ECONNRESET' })

function twoPeople(setup: Parameters<typeof setUp>[0] = {}) {
  const all = setUp(setup)
  const other = all.makeClient().conversation('demo')
  all.conversation.subscribe(() => {})
  other.subscribe(() => {})
  return { ...all, other }
}

const firstOf = (conversation: { getSnapshot(): { messages: readonly { id: string }[] } }) =>
  conversation.getSnapshot().messages[0]?.id ?? ''

describe('what another person removes', () => {
  it('ends the task that runs for it here', async () => {
    const { clock, conversation, other } = twoPeople({ responder: { words: 1000 } })
    const task = conversation.sendMessage('mine')
    await clock.advance(200)
    other.editMessage(firstOf(other), 'theirs')
    await clock.advance(200)
    expect(await outcome(task.finished)).toBe('cancelled')
    expect(conversation.getSnapshot().messages.map(messageText)[0]).toBe('theirs')
    expect(conversation.getSnapshot().messages).toHaveLength(2)
  })

  it('ends a task of mine that waits behind another', async () => {
    const { clock, conversation, other } = twoPeople({ responder: { words: 1000 } })
    conversation.sendMessage('running')
    const queued = conversation.sendMessage('queued')
    await clock.advance(200)
    other.editMessage(firstOf(other), 'theirs')
    await clock.advance(200)
    expect(await outcome(queued.finished)).toBe('cancelled')
    expect(conversation.getSnapshot().messages).toHaveLength(2)
  })

  it('does not come back where it had failed here', async () => {
    const { clock, conversation, other } = twoPeople({
      responder: { words: 1, fail: (run) => (run <= 3 ? reset() : undefined) },
    })
    conversation.sendMessage('mine')
    await clock.advance(60_000)
    expect(conversation.getSnapshot().messages[0]?.status).toBe('failed')
    other.editMessage(firstOf(other), 'theirs')
    await clock.advance(5000)
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: theirs (sent)',
      'assistant: r4w1 (complete)',
    ])
    expect(conversation.getSnapshot().status).not.toBe('submitted')
  })

  it('is not retried where it waited for its next attempt', async () => {
    const { clock, conversation, other, network } = twoPeople({
      responder: { words: 1, fail: (run) => (run === 1 ? reset() : undefined) },
      client: { retry: { baseDelay: 5000, jitter: 'none' } },
    })
    const task = conversation.sendMessage('mine')
    await clock.advance(500)
    expect(conversation.getSnapshot().retryState).not.toBeNull()
    other.editMessage(firstOf(other), 'theirs')
    await clock.advance(20_000)
    expect(await outcome(task.finished)).toBe('cancelled')
    expect(network.sent('chat:retry')).toHaveLength(0)
    expect(conversation.getSnapshot()).toMatchObject({ retryState: null, status: 'ready' })
    expect(conversation.getSnapshot().messages).toHaveLength(2)
  })

  it('makes an edit or a new answer of it impossible, and says so', async () => {
    const { clock, conversation, other } = twoPeople({ responder: { words: 1 } })
    conversation.sendMessage('mine')
    await clock.advance(1000)
    const [user, answer] = conversation.getSnapshot().messages
    other.editMessage(firstOf(other), 'theirs')
    const late = [
      conversation.editMessage(user?.id ?? '', 'too late'),
      conversation.regenerate({ messageId: answer?.id ?? '' }),
    ]
    await clock.advance(5000)
    expect(await Promise.all(late.map(({ finished }) => outcome(finished)))).toEqual([
      'unknown_message',
      'unknown_message',
    ])
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: theirs (sent)',
      'assistant: r2w1 (complete)',
      'user: too late (failed)',
    ])
  })

  it('among messages that are not held here is no gap, and no alarm', async () => {
    const { clock, conversation, network, makeClient } = setUp({
      responder: { words: 1 },
      server: { maxBacklog: 5 },
    })
    for (let n = 1; n <= 40; n++) conversation.sendMessage(`message ${n}`)
    await clock.advance(20_000)
    const late = makeClient().conversation('demo')
    late.subscribe(() => {})
    await clock.advance(100)
    expect(late.getSnapshot().messages).toHaveLength(50)
    conversation.editMessage(firstOf(conversation), 'from the start')
    await clock.advance(5000)
    expect(transcript(late.getSnapshot().messages)).toEqual(transcript(conversation.getSnapshot().messages))
    expect(late.getSnapshot().messages).toHaveLength(2)
    expect(late.getSnapshot().discontinuity).toBeNull()
    expect(network.sent('chat:join').length).toBeLessThan(5)
  })
})

describe('a task that another person stops or retries', () => {
  it('is stopped here too, in every state', async () => {
    const { clock, conversation, other } = twoPeople({ responder: { words: 1000 } })
    const tasks = [conversation.sendMessage('running'), conversation.sendMessage('queued')]
    await clock.advance(200)
    void other.stop(tasks[1]?.id)
    void other.stop(tasks[0]?.id)
    await clock.advance(500)
    expect(await Promise.all(tasks.map(({ finished }) => outcome(finished)))).toEqual([
      'resolved',
      'cancelled',
    ])
    expect(conversation.getSnapshot().status).toBe('ready')
  })

  it('ends with their answer where it had failed here', async () => {
    const { clock, conversation, other, responder } = twoPeople({
      responder: { words: 1, fail: (run) => (run <= 3 ? reset() : undefined) },
    })
    const task = conversation.sendMessage('mine')
    await clock.advance(60_000)
    expect(await outcome(task.finished)).toBe('network')
    other.retry(task.id)
    await clock.advance(5000)
    expect(responder.runs).toBe(4)
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: mine (sent)',
      'assistant: r4w1 (complete)',
    ])
    expect(conversation.retryNow(task.id)).toBe(false)
    expect(await outcome(conversation.retry(task.id).finished)).toBe('unknown_task')
  })
})

describe('edits before anything has left', () => {
  it('of a message, and then of that edit, show the last one alone, and end so', async () => {
    const { clock, conversation, network, responder } = setUp({ responder: { words: 1 } })
    conversation.sendMessage('first')
    await clock.advance(1000)
    network.reachable = false
    network.cut()
    conversation.editMessage(firstOf(conversation), 'second')
    conversation.editMessage(firstOf(conversation), 'third')
    expect(transcript(conversation.getSnapshot().messages)).toEqual(['user: third (queued)'])
    network.reachable = true
    await clock.advance(20_000)
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: third (sent)',
      `assistant: r${responder.runs}w1 (complete)`,
    ])
  })

  it('of a message that is itself unsent replace it', async () => {
    const { clock, conversation, network } = setUp({ responder: { words: 1 } })
    network.reachable = false
    conversation.sendMessage('first')
    conversation.editMessage(firstOf(conversation), 'better')
    expect(transcript(conversation.getSnapshot().messages)).toEqual(['user: better (queued)'])
    network.reachable = true
    await clock.advance(20_000)
    expect(conversation.getSnapshot().messages.map(messageText)[0]).toBe('better')
    expect(conversation.getSnapshot().messages).toHaveLength(2)
  })

  it('and a new answer keep their order', async () => {
    const { clock, conversation, network, responder } = setUp({ responder: { words: 1 } })
    conversation.sendMessage('one')
    conversation.sendMessage('two')
    await clock.advance(1000)
    network.reachable = false
    network.cut()
    conversation.regenerate()
    conversation.editMessage(conversation.getSnapshot().messages[2]?.id ?? '', 'two again')
    conversation.sendMessage('three')
    expect(
      conversation
        .getSnapshot()
        .messages.map(messageText)
        .map((text) => text.trim()),
    ).toEqual(['one', 'r1w1', 'two again', 'three'])
    network.reachable = true
    await clock.advance(20_000)
    expect(responder.asked.slice(-2)).toEqual(['two again', 'three'])
    const texts = conversation
      .getSnapshot()
      .messages.filter(({ role }) => role === 'user')
      .map(messageText)
    expect(texts).toEqual(['one', 'two again', 'three'])
  })
})

describe('a server that lost its log', () => {
  const states = ['queued', 'accepted', 'streaming', 'stopping', 'waiting'] as const
  for (const state of states) {
    it(`gets back a task that was ${state}, or its end`, async () => {
      const { clock, conversation, network } = setUp({
        responder: {
          words: 5,
          pace: 20,
          fail: (run) => (state === 'waiting' && run === 1 ? reset() : undefined),
        },
        client: { retry: { baseDelay: 3000, jitter: 'none' } },
      })
      conversation.subscribe(() => {})
      await clock.advance(50)
      if (state === 'queued') {
        network.reachable = false
        network.cut()
      }
      const task = conversation.sendMessage('Hello')
      await clock.advance(state === 'accepted' ? 12 : 70)
      if (state === 'stopping') {
        network.losesRequest = ({ event }) => event === 'chat:stop'
        void conversation.stop()
      }
      await network.restart({ losesLog: true })
      network.reachable = true
      network.losesRequest = () => false
      await clock.advance(120_000)
      expect(await outcome(task.finished)).toBe(state === 'stopping' ? 'cancelled' : 'resolved')
      expect(conversation.getSnapshot().messages).toHaveLength(state === 'stopping' ? 0 : 2)
      expect(conversation.getSnapshot().status).toBe('ready')
    })
  }
})

describe('history', () => {
  const first = { offset: 9, snapshot: snapshot(9, { messages: [question('u5')], has_older: true }) }
  const page = (fields: object = {}) => ({
    ok: true,
    epoch: 'e',
    offset: 9,
    messages: [question('u4'), answered('a4')],
    has_older: false,
    ...fields,
  })

  it('that arrives after another log took the place of the one it is of is dropped', async () => {
    const { clock, conversation } = scripted({
      'chat:join': () => joined(first),
      'chat:history': () => page({ epoch: 'old' }),
    })
    conversation.subscribe(() => {})
    await clock.advance(100)
    const loaded = conversation.loadOlder()
    await clock.advance(100)
    await loaded
    expect(conversation.getSnapshot()).toMatchObject({ messages: [{ id: 'u5' }], hasOlder: true })
  })

  it('that arrives after its place was removed is dropped', async () => {
    const { clock, conversation, push } = scripted({
      'chat:join': () => joined(first),
      'chat:history': () => page(),
    })
    conversation.subscribe(() => {})
    await clock.advance(100)
    const loaded = conversation.loadOlder()
    push([
      said(10, { type: 'truncate', from_message_id: 'u5' }),
      said(11, { type: 'message', message: question('u6') }),
    ])
    await clock.advance(100)
    await loaded
    expect(conversation.getSnapshot().messages.map(({ id }) => id)).toEqual(['u6'])
  })

  it('is asked for once, however often it is scrolled to, and never brings a message twice', async () => {
    const { clock, conversation, asked } = scripted({
      'chat:join': () => joined(first),
      'chat:history': () => page({ messages: [question('u4'), question('u5')] }),
    })
    conversation.subscribe(() => {})
    await clock.advance(100)
    const loads = [conversation.loadOlder(), conversation.loadOlder()]
    await clock.advance(100)
    await Promise.all(loads)
    await conversation.loadOlder()
    expect(asked('chat:history')).toHaveLength(1)
    expect(conversation.getSnapshot().messages.map(({ id }) => id)).toEqual(['u4', 'u5'])
  })

  it('that can not be had says why to who asks for it, and to nobody else', async () => {
    const { clock, conversation, cut } = scripted({
      'chat:join': () => joined(first),
      'chat:history': () => undefined,
    })
    conversation.subscribe(() => {})
    await clock.advance(100)
    void conversation.loadOlder()
    await clock.advance(11_000)
    cut()
    expect(await outcome(conversation.loadOlder())).toBe('network')
  })
})
