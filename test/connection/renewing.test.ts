import { describe, expect, it } from 'vitest'
import type { AuthContext } from '../../src/index.js'
import { delay } from '../../src/shared/delay.js'
import { accepted, joined, refused, scripted } from '../support/scripted-server.js'
import { outcome, setUp } from '../support/set-up.js'

const expired = () => refused({ error_code: 'auth', code: 'token_expired', retryable: false })
const broken = (fields: object) => Object.assign(new Error('x'), fields)

describe('a token that the server never accepts for a join', () => {
  it.each([1, 2, 3, 6])('is renewed at most once for each of %i conversations', async (count) => {
    let asked = 0
    const { clock, client, handshakes } = scripted({ 'chat:join': expired }, { auth: () => String(++asked) })
    for (let n = 0; n < count; n++) client.conversation(`c${n}`).subscribe(() => {})
    await clock.advance(5000)
    expect(asked).toBeLessThanOrEqual(count + 1)
    expect(handshakes()).toBeLessThanOrEqual(count + 1)
  })
})

describe('a request that the server refuses as not signed in', () => {
  const notSignedIn = () => refused({ error_code: 'auth', code: 'unauthorized', retryable: false })

  /** A page whose request the server refuses until a new connection is made. */
  async function refusing(event: string) {
    const reasons: string[] = []
    const s = scripted({ [event]: notSignedIn }, { auth: ({ reason }) => String(reasons.push(reason)) })
    s.conversation.subscribe(() => {})
    await s.clock.advance(1000)
    const task = s.conversation.sendMessage('hi')
    await s.clock.advance(5000)
    expect(s.conversation.getSnapshot().error).toMatchObject({ code: 'unauthorized', action: 'sign-in' })
    return { ...s, reasons, task }
  }

  it('is a join: connect(), after the person has signed in, joins over a connection with a new token', async () => {
    const { client, clock, conversation, handshakes, reasons, rewrite } = await refusing('chat:join')
    expect(handshakes()).toBe(1)
    rewrite({ 'chat:join': () => (handshakes() > 1 ? joined({}) : notSignedIn()) })
    client.connect()
    await clock.advance(1000)
    expect(reasons).toEqual(['connect', 'expired'])
    expect(conversation.getSnapshot().error).toBeNull()
  })

  it('is a send: after connect() a retry is sent over a connection with a new token', async () => {
    const { client, clock, conversation, handshakes, rewrite, task } = await refusing('chat:send')
    rewrite({ 'chat:send': () => (handshakes() > 1 ? accepted(1) : notSignedIn()) })
    client.connect()
    await clock.advance(1000)
    const again = conversation.retry(task.id)
    await clock.advance(1000)
    expect(await outcome(again.accepted)).toBe('resolved')
  })

  it('leads to few joins, and to a connection a second at most, of a page that connects at each refusal', async () => {
    const { asked, client, clock, conversation, handshakes } = await refusing('chat:join')
    conversation.on('error', () => client.connect())
    client.connect()
    await clock.advance(10_000)
    expect(handshakes()).toBeLessThanOrEqual(12)
    expect(asked('chat:join').length).toBeLessThan(150)
  })
})

it('a renewal that the network interrupts is still a renewal when it is tried again', async () => {
  const reasons: string[] = []
  let token = 'stale'
  const auth = ({ reason }: AuthContext) => {
    reasons.push(reason)
    if (reason !== 'expired') return token
    if (reasons.length === 2) throw broken({ code: 'ECONNRESET' })
    token = 'fresh'
    return token
  }
  const { clock, conversation, network } = setUp({ client: { auth } })
  network.answers = ({ event }) => (event === 'chat:send' && token === 'stale' ? expired() : undefined)
  const task = conversation.sendMessage('Hello')
  await clock.advance(30_000)
  expect(await outcome(task.finished)).toBe('resolved')
  expect(reasons).toEqual(['connect', 'expired', 'expired'])
})

describe('an auth that fails once', () => {
  it.each([
    ['HTTP 500', broken({ status: 500 })],
    ['HTTP 522 of a proxy', broken({ status: 522 })],
    ['HTTP 404', broken({ status: 404 })],
    ['its own time limit, an AbortError', new DOMException('signal is aborted', 'AbortError')],
    ['an answer that did not parse', broken({ name: 'ZodError', issues: [] })],
  ])('with %s is asked again', async (_what, error) => {
    let asked = 0
    const auth = () => {
      if (++asked === 1) throw error
      return 'token'
    }
    const { clock, client } = setUp({ client: { auth } })
    client.connect()
    await clock.advance(60_000)
    expect(client.getSnapshot().connection.status).toBe('connected')
  })
})

it('an auth that gives an object ends as failed, and is told as an error', async () => {
  const { clock, client } = setUp({ client: { auth: (() => ({ token: 'x' })) as never } })
  const errors: unknown[] = []
  client.on('error', (error) => errors.push(error))
  client.connect()
  await clock.advance(60_000)
  expect(client.getSnapshot().connection.status).toBe('failed')
  expect(errors).toHaveLength(1)
})

it('auth is not asked after disconnect()', async () => {
  let asked = 0
  const { clock, client } = setUp({ client: { auth: () => String(++asked) } })
  client.on('connection', ({ status }) => {
    if (status === 'connecting') client.disconnect()
  })
  client.connect()
  await clock.advance(1000)
  expect(asked).toBe(0)
})

it('a page that connects again whenever the connection failed does not freeze', async () => {
  let asked = 0
  const { clock, client } = setUp({
    client: {
      auth: () => {
        asked++
        throw broken({ status: 401 })
      },
    },
  })
  client.on('connection', ({ status }) => {
    if (status === 'failed' && asked < 1000) client.connect()
  })
  client.connect()
  // No time passes: all of it happens in one task of the event loop.
  await clock.advance(0)
  expect(asked).toBeLessThan(10)
})

it('tells an auth that takes longer than timeouts.connect that it is given up', async () => {
  const signals: AbortSignal[] = []
  const { client, clock } = setUp({
    client: {
      auth: ({ signal }) => {
        signals.push(signal)
        return new Promise<string>(() => {})
      },
    },
  })
  client.connect()
  await clock.advance(10_100)
  expect(client.getSnapshot().connection.status).toBe('waiting')
  expect(signals[0]?.aborted).toBe(true)
})

it('never renews a token twice at the same time, where a renewal takes longer than timeouts.connect', async () => {
  let running = 0
  let most = 0
  const { client, clock, network } = setUp({
    client: {
      auth: async ({ reason, signal }) => {
        if (reason !== 'expired') return 'old'
        most = Math.max(most, ++running)
        // As fetch does, it ends when the signal is aborted.
        await delay(30_000, { clock, signal }).finally(() => running--)
        return 'new'
      },
    },
  })
  network.admit = ({ token }) =>
    token === 'old' ? Object.assign(new Error('x'), { data: expired().error }) : undefined
  client.connect()
  await clock.advance(29_000)
  expect(most).toBe(1)
})
