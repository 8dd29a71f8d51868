import { describe, expect, it } from 'vitest'
import { messageText, UnauthorizedError } from '../../src/index.js'
import { seededRandom } from '../support/random.js'
import { outcome, setUp, transcript } from '../support/set-up.js'
import { wordsOf } from '../support/word-responder.js'

const error = (fields: object) => ({
  ok: false,
  error: { type: 'error', error: 'x', error_code: 'temporary', retryable: true, timestamp: 't', ...fields },
})

describe('an attempt that fails', () => {
  it('is not repeated where the server says that repeating is of no use', async () => {
    const { clock, conversation, network } = setUp()
    network.answers = ({ event }) =>
      event === 'chat:send'
        ? error({ error_code: 'validation', retryable: false, code: 'invalid_message' })
        : undefined
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    expect(await outcome(task.accepted)).toBe('invalid_message')
    expect(await outcome(task.finished)).toBe('invalid_message')
    expect(network.sent('chat:send')).toHaveLength(1)
    const { messages, status, error: shown } = conversation.getSnapshot()
    expect(status).toBe('error')
    expect(shown?.code).toBe('invalid_message')
    expect(transcript(messages)).toEqual(['user: Hello (failed)'])
    expect(messages[0]?.error?.action).toBe('edit')
  })

  it('waits as long as the server advises, and never repeats after -1', async () => {
    const { clock, conversation, network } = setUp()
    let refusals = 0
    network.answers = ({ event }) =>
      event === 'chat:send' && refusals++ < 1
        ? error({ code: 'rate_limited', retry_after_ms: 7000 })
        : undefined
    const sentAt: number[] = []
    network.losesRequest = ({ event }) => {
      if (event === 'chat:send') sentAt.push(clock.now())
      return false
    }
    const task = conversation.sendMessage('Hello')
    await clock.advance(20_000)
    expect(await outcome(task.finished)).toBe('resolved')
    expect((sentAt[1] ?? 0) - (sentAt[0] ?? 0)).toBeGreaterThanOrEqual(7000)

    network.answers = ({ event }) => (event === 'chat:send' ? error({ retry_after_ms: -1 }) : undefined)
    const final = conversation.sendMessage('Again')
    await clock.advance(60_000)
    expect(await outcome(final.finished)).toBe('temporary')
    expect(sentAt).toHaveLength(3)
  })

  it('is given up after three, and runs again under the same id when the person asks', async () => {
    const { clock, conversation, network, responder } = setUp({
      responder: {
        fail: (run) => (run <= 3 ? Object.assign(new Error('x'), { code: 'ECONNRESET' }) : undefined),
      },
    })
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    expect(await outcome(task.accepted)).toBe('resolved')
    expect(await outcome(task.finished)).toBe('network')
    expect(responder.runs).toBe(3)
    expect(conversation.getSnapshot().status).toBe('error')
    const again = conversation.retry()
    expect(again.id).toBe(task.id)
    expect(conversation.getSnapshot().status).toBe('submitted')
    await clock.advance(5000)
    expect(messageText(await again.finished)).toBe(wordsOf(4))
    expect(network.sent('chat:send')).toHaveLength(1)
    expect(network.sent('chat:retry').map(({ payload }) => payload.attempt)).toEqual([2, 3, 4])
    expect(conversation.getSnapshot().messages).toHaveLength(2)
  })

  it('does not hold up the messages behind it', async () => {
    const { clock, conversation, network } = setUp({ responder: { words: 1 } })
    network.answers = ({ event, payload }) =>
      event === 'chat:send' && JSON.stringify(payload).includes('bad')
        ? error({ error_code: 'validation', retryable: false })
        : undefined
    conversation.sendMessage('bad')
    const second = conversation.sendMessage('good')
    await clock.advance(5000)
    expect(await outcome(second.finished)).toBe('resolved')
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: good (sent)',
      'assistant: r1w1 (complete)',
      'user: bad (failed)',
    ])
  })

  it('can be discarded where the server never had it', async () => {
    const { clock, conversation, network } = setUp()
    network.answers = ({ event }) =>
      event === 'chat:send' ? error({ error_code: 'validation', retryable: false }) : undefined
    const task = conversation.sendMessage('bad')
    await clock.advance(1000)
    expect(conversation.discard(task.id)).toBe(true)
    expect(conversation.getSnapshot()).toMatchObject({ messages: [], status: 'ready', error: null })
    expect(conversation.discard(task.id)).toBe(false)
  })
})

describe('during an outage', () => {
  it('a page that mounts more and more rows makes no more attempts for that, a person who sends does', async () => {
    const { clock, client, conversation, network } = setUp({
      client: { reconnect: { baseDelay: 5000, jitter: 'none' } },
    })
    network.reachable = false
    conversation.subscribe(() => {})
    await clock.advance(100)
    expect(network.handshakes).toHaveLength(1)
    for (let row = 0; row < 10; row++) client.conversation(`row ${row}`).subscribe(() => {})
    await clock.advance(1000)
    expect(network.handshakes).toHaveLength(1)
    conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect(network.handshakes).toHaveLength(2)
  })
})

describe('while a failed attempt is tried again', () => {
  it('nothing on the screen says that it has failed, even if the connection is lost meanwhile', async () => {
    const { clock, conversation, network } = setUp({
      responder: {
        fail: (run, word) =>
          run === 1 && word === 4 ? Object.assign(new Error('x'), { code: 'EPIPE' }) : undefined,
      },
      client: { retry: { jitter: 'none' } },
    })
    const task = conversation.sendMessage('Hello')
    await clock.advance(500)
    network.reachable = false
    network.cut()
    await clock.advance(3000)
    const statuses = conversation.getSnapshot().messages.map(({ status }) => status)
    expect(statuses).toEqual(['sending', 'streaming'])
    expect(conversation.getSnapshot().status).not.toBe('error')
    network.reachable = true
    await clock.advance(20_000)
    expect(messageText(await task.finished)).toBe(wordsOf(2))
  })
})

describe('a conversation that may not be joined', () => {
  it('says so, fails what waits for it, and is joined again by the next action', async () => {
    const { clock, conversation, network } = setUp()
    network.answers = ({ event }) =>
      event === 'chat:join' ? error({ error_code: 'auth', code: 'forbidden', retryable: false }) : undefined
    conversation.subscribe(() => {})
    await clock.advance(5000)
    expect(conversation.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'forbidden' } })
    expect(network.sent('chat:join')).toHaveLength(1)
    network.answers = () => undefined
    const task = conversation.sendMessage('Hello')
    await clock.advance(5000)
    expect(await outcome(task.finished)).toBe('resolved')
    expect(conversation.getSnapshot().status).toBe('ready')
  })
})

describe('a server that restarts', () => {
  it('on its log, in the middle of an answer: the answer is made anew, and is one run, whole', async () => {
    const { clock, conversation, network } = setUp()
    conversation.subscribe(() => {})
    const task = conversation.sendMessage('Hello')
    await clock.advance(80)
    expect(conversation.getSnapshot().status).toBe('streaming')
    await network.restart()
    await clock.advance(30_000)
    expect(messageText(await task.finished)).toBe(wordsOf(2))
    expect(transcript(conversation.getSnapshot().messages)).toEqual([
      'user: Hello (sent)',
      `assistant: ${wordsOf(2).trim()} (complete)`,
    ])
    expect(conversation.getSnapshot().discontinuity).toBeNull()
  })

  it('without its log: what can be sent again is sent, what was lost is said', async () => {
    const { clock, conversation, network, responder } = setUp()
    conversation.subscribe(() => {})
    const first = conversation.sendMessage('first')
    await clock.advance(1000)
    expect(await outcome(first.finished)).toBe('resolved')
    const second = conversation.sendMessage('second')
    await clock.advance(60)
    await network.restart({ losesLog: true })
    await clock.advance(30_000)
    expect(messageText(await second.finished)).toBe(wordsOf(3))
    expect(responder.asked).toEqual(['first', 'second', 'second'])
    const { messages, discontinuity } = conversation.getSnapshot()
    expect(transcript(messages)).toEqual([
      'user: second (sent)',
      `assistant: ${wordsOf(3).trim()} (complete)`,
    ])
    expect(discontinuity).toMatchObject({ reason: 'vanished' })
  })

  it.each([1, 2, 3, 4, 5])(
    'without its log: what is sent again keeps its place before what is new, with seed %i',
    async (seed) => {
      const { clock, conversation, network, responder } = setUp({ client: { random: seededRandom(seed) } })
      const texts = ['one', 'two', 'three', 'four', 'five']
      const tasks = texts.slice(0, 3).map((text) => conversation.sendMessage(text))
      await Promise.all([clock.advance(60), ...tasks.map(({ accepted }) => accepted)])
      await network.restart({ losesLog: true })
      tasks.push(...texts.slice(3).map((text) => conversation.sendMessage(text)))
      await clock.advance(30_000)
      expect(await Promise.all(tasks.map(({ finished }) => outcome(finished)))).toEqual(
        texts.map(() => 'resolved'),
      )
      expect(responder.asked.slice(-5)).toEqual(texts)
    },
  )
})

describe('pushes that go wrong', () => {
  it('change nothing when they come twice', async () => {
    const { clock, conversation, network } = setUp()
    network.push = (event) => [event, event]
    const task = conversation.sendMessage('Hello')
    await clock.advance(2000)
    expect(messageText(await task.finished)).toBe(wordsOf(1))
  })

  it('are fetched when they are missing', async () => {
    const { clock, conversation, network } = setUp()
    let count = 0
    network.push = (event) => (++count % 3 === 0 ? [] : [event])
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    expect(messageText(await task.finished)).toBe(wordsOf(1))
    expect(conversation.getSnapshot().discontinuity).toBeNull()
  })

  it('are asked after when the last of them never came', async () => {
    const { clock, conversation, network } = setUp()
    network.push = (event) => ((event as { type: string }).type === 'finish' ? [] : [event])
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    expect(await outcome(task.finished)).toBe('resolved')
  })

  it('of an unknown type are passed over; a bad one of a known type is reported and passed over', async () => {
    const { clock, conversation, network } = setUp()
    let pushes = 0
    network.push = (event) => {
      const { type, ...rest } = event as { type: string; offset: number }
      pushes++
      if (pushes === 4) return [{ ...rest, type: 'from_the_future' }]
      if (pushes === 6) return [{ ...rest, type: 'delta', text: 5 }]
      return [event]
    }
    const task = conversation.sendMessage('Hello')
    await clock.advance(5000)
    expect(messageText(await task.finished)).toBe(wordsOf(1).replace('r1w2 ', '').replace('r1w4 ', ''))
    expect(conversation.getSnapshot().discontinuity).toMatchObject({ reason: 'skipped', count: 1 })
    expect(network.sent('chat:join')).toHaveLength(1)
  })

  it('that are garbage change nothing', async () => {
    const { clock, conversation, network } = setUp()
    network.push = (event) => [null, 5, 'x', [], [null], {}, { conversation_id: 'demo' }, event]
    const task = conversation.sendMessage('Hello')
    await clock.advance(5000)
    expect(messageText(await task.finished)).toBe(wordsOf(1))
    expect(conversation.getSnapshot().discontinuity).toBeNull()
  })
})

describe('signing in', () => {
  it('gets one new token when the handshake says that it has expired', async () => {
    const reasons: string[] = []
    const { clock, conversation, network, client } = setUp({
      client: {
        auth: ({ reason }) => {
          reasons.push(reason)
          return reason === 'expired' ? 'fresh' : 'stale'
        },
      },
    })
    network.admit = ({ token }) =>
      token === 'fresh'
        ? undefined
        : Object.assign(new Error('no'), {
            data: error({ error_code: 'auth', code: 'token_expired', retryable: false }).error,
          })
    const task = conversation.sendMessage('Hello')
    await clock.advance(2000)
    expect(await outcome(task.finished)).toBe('resolved')
    expect(reasons).toEqual(['connect', 'expired'])
    expect(client.getSnapshot().connection.status).toBe('connected')
  })

  it('asks once for ten requests that are refused together, and repeats them', async () => {
    let asked = 0
    let valid = 1
    const { clock, client, network } = setUp({ client: { auth: () => String(++asked) } })
    network.answers = ({ event }) =>
      event === 'chat:send' && asked <= valid
        ? error({ error_code: 'auth', code: 'token_expired', retryable: false })
        : undefined
    const tasks = Array.from({ length: 10 }, (_, n) => client.conversation(`c${n}`).sendMessage('Hello'))
    await clock.advance(10_000)
    expect(await Promise.all(tasks.map((task) => outcome(task.finished)))).toEqual(Array(10).fill('resolved'))
    expect(asked).toBe(2)
    valid = 3
    const refused = client.conversation('c0').sendMessage('Again')
    await clock.advance(60_000)
    expect(await outcome(refused.finished)).toBe('token_expired')
    expect(asked).toBe(3)
  })

  it('ends as failed where nobody is signed in, keeps what is queued, and goes on after connect()', async () => {
    let signedIn = false
    const { clock, client, conversation, network } = setUp({
      client: {
        auth: () => {
          if (!signedIn) throw new UnauthorizedError()
          return 'token'
        },
      },
    })
    const task = conversation.sendMessage('Hello')
    await clock.advance(60_000)
    expect(client.getSnapshot()).toMatchObject({ connection: { status: 'failed' }, queued: 1 })
    expect(network.handshakes).toEqual([])
    signedIn = true
    client.connect()
    await clock.advance(2000)
    expect(await outcome(task.finished)).toBe('resolved')
  })

  it('does not knock again at a door that is forbidden', async () => {
    const { clock, client, network, conversation } = setUp()
    network.admit = () =>
      Object.assign(new Error('no'), {
        data: error({ error_code: 'auth', code: 'forbidden', retryable: false }).error,
      })
    conversation.subscribe(() => {})
    await clock.advance(120_000)
    expect(network.handshakes).toHaveLength(1)
    expect(client.getSnapshot().connection).toMatchObject({ status: 'failed', error: { code: 'forbidden' } })
  })
})
