import { describe, expect, it } from 'vitest'
import { ChatClient, type ConnectionState, UnauthorizedError } from '../../src/index.js'
import { joined, question, refused, said, scripted } from '../support/scripted-server.js'
import { outcome, setUp } from '../support/set-up.js'

const tenMinutes = 600_000
const hour = 3_600_000

const refusal = (fields: object) => Object.assign(new Error('no'), { data: refused(fields).error })

describe('a server that accepts and drops at once', () => {
  it('is knocked at ever more rarely', async () => {
    const { clock, client, cut, handshakes } = scripted()
    client.on('connection', ({ status }) => {
      if (status === 'connected') clock.setTimeout(cut, 10)
    })
    client.connect()
    await clock.advance(tenMinutes)
    expect(handshakes()).toBeLessThan(tenMinutes / 2500 + 50)
    expect(client.getSnapshot().connection.status).toBe('waiting')
  })

  it('is knocked at no more often where it answers no join', async () => {
    const { clock, conversation, handshakes } = scripted({ 'chat:join': () => undefined })
    conversation.subscribe(() => {})
    await clock.advance(hour)
    expect(handshakes()).toBeLessThan(hour / 10_000 + 50)
  })

  it.each([
    ['refuses every join because of a time-out of its own', refused({ code: 'timeout' })],
    ['answers every join with nonsense', 'nonsense'],
  ])('keeps its connection where it %s, and is asked ever more rarely', async (_what, answer) => {
    const { clock, conversation, handshakes, asked } = scripted({ 'chat:join': () => answer })
    conversation.subscribe(() => {})
    await clock.advance(tenMinutes)
    expect(handshakes()).toBe(1)
    expect(asked('chat:join').length).toBeLessThan(tenMinutes / 2500 + 50)
  })
})

describe('one conversation whose join is never answered', () => {
  it('keeps the connection on which another conversation hears its server', async () => {
    const { clock, client, conversation, handshakes, asked, push } = scripted({
      'chat:join': ({ conversation_id }) => (conversation_id === 'demo' ? joined({}) : undefined),
    })
    conversation.subscribe(() => {})
    client.conversation('silent').subscribe(() => {})
    await clock.advance(100)
    for (let offset = 1; offset <= 600; offset++) {
      push(said(offset, { type: 'message', task_id: `t${offset}`, message: question(`u${offset}`) }))
      await clock.advance(100)
    }
    expect(handshakes()).toBe(1)
    expect(asked('chat:join').filter(({ payload }) => payload.conversation_id === 'demo')).toHaveLength(1)
    expect(asked('chat:join').length).toBeGreaterThan(2)
    await client.close()
  })
})

describe('a connection that lasts a little, again and again', () => {
  /** How long a client without jitter waits after each loss of a connection that was up for `life` milliseconds. */
  async function waitsAfter(life: number, losses: number): Promise<number[]> {
    const reconnect = { baseDelay: 500, jitter: 'none' } as const
    const { clock, client, cut } = scripted({}, { reconnect })
    const waits: number[] = []
    let lostAt = 0
    client.on('connection', ({ status }) => {
      if (status === 'waiting') lostAt = clock.now()
      if (status === 'connecting' && lostAt > 0) waits.push(clock.now() - lostAt)
      if (status === 'connected') clock.setTimeout(cut, life)
    })
    client.connect()
    while (waits.length < losses) await clock.advance(100)
    await client.close()
    return waits
  }

  it('is replaced as fast as the first time once it outlives the longest wait that its loss would cost', async () => {
    expect(await waitsAfter(2000, 5)).toEqual([500, 500, 500, 500, 500])
  })

  it('is replaced ever more slowly until it does', async () => {
    expect(await waitsAfter(100, 6)).toEqual([500, 1000, 2000, 4000, 5000, 5000])
  })
})

describe('an auth function', () => {
  it('that hangs counts as a handshake that failed, and is asked again', async () => {
    let asked = 0
    const { clock, client, conversation, clientClock } = setUp({
      client: { auth: () => (++asked === 1 ? new Promise(() => {}) : 'token') },
    })
    const task = conversation.sendMessage('Hello')
    await clock.advance(30_000)
    expect(await outcome(task.finished)).toBe('resolved')
    await client.close()
    expect(clientClock.pending).toBe(0)
  })

  it('that gives no token ends the attempts with a clear error, since no repeat can mend it', async () => {
    const { clock, client } = setUp({ client: { auth: (() => 5) as never } })
    client.connect()
    await clock.advance(1000)
    expect(client.getSnapshot().connection).toMatchObject({
      status: 'failed',
      error: { message: 'unable to use the token; auth must give a string, null or undefined' },
    })
  })

  it('that throws is asked again, with growing waits', async () => {
    let asked = 0
    const { clock, client } = setUp({
      client: {
        auth: () => {
          asked++
          throw Object.assign(new Error('x'), { code: 'ECONNRESET' })
        },
      },
    })
    client.connect()
    await clock.advance(tenMinutes)
    expect(asked).toBeGreaterThan(100)
    expect(asked).toBeLessThan(tenMinutes / 2500 + 50)
  })

  it('is asked for one new token, whatever the server says of retrying', async () => {
    const reasons: string[] = []
    const { clock, client, network } = setUp({
      client: {
        auth: ({ reason }) => {
          reasons.push(reason)
          return 'stale'
        },
      },
    })
    network.admit = () => refusal({ error_code: 'auth', code: 'token_expired', retryable: true })
    client.connect()
    await clock.advance(hour)
    expect(reasons).toEqual(['connect', 'expired'])
    expect(client.getSnapshot().connection).toMatchObject({
      status: 'failed',
      error: { code: 'token_expired' },
    })
  })

  it('is not asked at all by a door that is forbidden, whatever the server says of retrying', async () => {
    const { clock, client, network } = setUp({ client: { auth: 'token' } })
    network.admit = () => refusal({ error_code: 'auth', code: 'forbidden', retryable: true })
    client.connect()
    await clock.advance(hour)
    expect(network.handshakes).toHaveLength(1)
  })
})

describe('a token that expires', () => {
  for (const event of ['chat:join', 'chat:send', 'chat:retry', 'chat:stop', 'chat:history']) {
    for (const refusals of [1, 5]) {
      it(`at ${event}, ${refusals} times: one new token, the same request once more`, async () => {
        let asked = 0
        let left = refusals
        const { clock, conversation, network } = setUp({
          client: { auth: () => String(++asked) },
          server: { maxBacklog: 1 },
          responder: {
            words: 100,
            fail: (run) => (run === 1 ? Object.assign(new Error('x'), { code: 'ECONNRESET' }) : undefined),
          },
        })
        for (let n = 0; n < 60; n++) {
          await network.handler.send('guest', {
            conversation_id: 'demo',
            task_id: `t${n}`,
            input: {
              kind: 'message',
              message: { id: `m${n}`, role: 'user', parts: [{ type: 'text', text: 'x' }], created_at: 't' },
            },
          })
          await network.handler.stop('guest', { conversation_id: 'demo', task_id: `t${n}` })
        }
        network.answers = (seen) =>
          seen.event === event && left-- > 0
            ? refused({ error_code: 'auth', code: 'token_expired', retryable: false })
            : undefined
        conversation.subscribe(() => {})
        await clock.advance(2000)
        const task = conversation.sendMessage('Hello')
        await clock.advance(4000)
        const older = outcome(conversation.loadOlder())
        const stopped = outcome(conversation.stop(task.id))
        await clock.advance(20_000)
        const ends = await Promise.all([outcome(task.finished), stopped, older])
        if (refusals === 1) {
          expect(asked).toBe(2)
          expect(ends).toEqual(['resolved', 'resolved', 'resolved'])
        } else {
          expect(ends).toContain('token_expired')
          expect(network.sent(event).length).toBeLessThanOrEqual(6)
        }
      })
    }
  }

  it('again an hour later is renewed again', async () => {
    let asked = 0
    let expired = 0
    const { clock, conversation, network } = setUp({ client: { auth: () => String(++asked) } })
    network.answers = ({ event }) =>
      event === 'chat:send' && expired-- > 0
        ? refused({ error_code: 'auth', code: 'token_expired', retryable: false })
        : undefined
    for (let n = 1; n <= 3; n++) {
      expired = n === 2 ? 2 : 1
      const task = conversation.sendMessage('Hello')
      await clock.advance(hour)
      expect(await outcome(task.finished)).toBe(n === 2 ? 'token_expired' : 'resolved')
    }
    expect(asked).toBe(4)
  })
})

describe('a connection that failed for good', () => {
  it('is told as an error of the client, once', async () => {
    const { clock, client, conversation } = setUp({
      client: {
        auth: () => {
          throw new UnauthorizedError()
        },
      },
    })
    const errors: unknown[] = []
    client.on('error', (error) => errors.push(error))
    conversation.sendMessage('Hello')
    await clock.advance(60_000)
    expect(errors).toMatchObject([{ error: { code: 'unauthorized', action: 'sign-in' } }])
  })

  it('is not tried again by a subscription, a message or a sign of life from the browser', async () => {
    let asked = 0
    const { clock, client, conversation } = setUp({
      client: {
        auth: () => {
          asked++
          throw new UnauthorizedError()
        },
      },
    })
    conversation.subscribe(() => {})
    await clock.advance(1000)
    conversation.sendMessage('Hello')
    client.conversation('other').subscribe(() => {})
    await clock.advance(hour)
    expect(asked).toBe(1)
    client.connect()
    await clock.advance(1000)
    expect(asked).toBe(2)
  })
})

describe('connect, disconnect and close, in any order', () => {
  const orders: [string, (client: ChatClient) => void, ConnectionState['status'], number][] = [
    ['connect, disconnect', (client) => [client.connect(), client.disconnect()], 'idle', 0],
    [
      'connect, disconnect, connect',
      (client) => [client.connect(), client.disconnect(), client.connect()],
      'connected',
      1,
    ],
    ['connect twice', (client) => [client.connect(), client.connect()], 'connected', 1],
    ['disconnect twice', (client) => [client.disconnect(), client.disconnect()], 'idle', 0],
    ['connect, close', (client) => [client.connect(), client.close()], 'closed', 0],
    ['close, connect', (client) => [client.close(), client.connect()], 'closed', 0],
    ['close twice', (client) => [client.close(), client.close()], 'closed', 0],
    ['close, disconnect', (client) => [client.close(), client.disconnect()], 'closed', 0],
    ['close, sign out', (client) => [client.close(), client.signOut()], 'closed', 0],
  ]
  for (const [name, act, status, handshakes] of orders) {
    it(name, async () => {
      const { clock, client, network, clientClock } = setUp()
      act(client)
      await clock.advance(1000)
      expect(client.getSnapshot().connection.status).toBe(status)
      expect(network.handshakes).toHaveLength(handshakes)
      await client.close()
      expect(clientClock.pending).toBe(0)
    })
  }

  it('at every millisecond of a handshake and a join leaves nothing behind', async () => {
    for (let at = 0; at <= 40; at++) {
      for (const end of ['close', 'signOut', 'disconnect'] as const) {
        const { clock, client, conversation, clientClock } = setUp({ client: { auth: async () => 'token' } })
        const unsubscribe = conversation.subscribe(() => {})
        const task = conversation.sendMessage('Hello')
        await clock.advance(at)
        void client[end]()
        unsubscribe()
        await clock.advance(1000)
        expect(client.getSnapshot().connection.status, `${end} at ${at}`).toBe(
          end === 'close' ? 'closed' : 'idle',
        )
        if (end === 'disconnect') {
          client.connect()
          await clock.advance(5000)
          expect(await outcome(task.finished)).toBe('resolved')
          await client.close()
        }
        expect(clientClock.pending, `${end} at ${at}`).toBe(0)
      }
    }
  })

  it('in the instant in which the handshake is accepted, too', async () => {
    const { clock, client } = scripted()
    client.on('connection', ({ status }) => {
      if (status === 'connected') client.disconnect()
    })
    client.connect()
    await clock.advance(1000)
    expect(client.getSnapshot().connection.status).toBe('idle')
  })
})

describe('listeners of the connection', () => {
  it('each hear the same states in the same order, even if one of them changes the state', async () => {
    const { clock, client } = scripted()
    const heard: string[] = []
    client.on('connection', ({ status }) => {
      if (status === 'connected') client.disconnect()
    })
    client.on('connection', ({ status }) => heard.push(status))
    client.connect()
    await clock.advance(1000)
    expect(heard).toEqual(['connecting', 'connected', 'idle'])
  })

  it('see in the snapshot what they are told', async () => {
    const { clock, client } = scripted()
    const seen: unknown[] = []
    client.on('connection', () => seen.push(client.getSnapshot().connection.status))
    // A page reads the snapshot after each change, so that there is an older one at the next.
    client.subscribe(() => client.getSnapshot())
    client.connect()
    await clock.advance(1000)
    client.disconnect()
    expect(seen).toEqual(['connecting', 'connected', 'idle'])
  })

  it('may close the client', async () => {
    const { clock, client, conversation, clientClock } = scripted({ 'chat:join': () => joined({}) })
    client.on('connection', ({ status }) => {
      if (status === 'connected') void client.close()
    })
    const task = conversation.sendMessage('Hello')
    await clock.advance(1000)
    expect(await outcome(task.finished)).toBe('closed')
    expect(client.getSnapshot().connection.status).toBe('closed')
    expect(clientClock.pending).toBe(0)
  })
})

describe('a transport that throws', () => {
  it('when it is made or opened is an attempt that failed', async () => {
    for (const where of ['make', 'open']) {
      const { clock, client, clientClock } = scripted(
        {},
        {
          transport: () => {
            const boom = () => {
              throw Object.assign(new Error('x'), { code: 'ECONNRESET' })
            }
            if (where === 'make') boom()
            return { open: boom, close: () => {}, emit: () => {} }
          },
        },
      )
      client.connect()
      await clock.advance(100)
      expect(client.getSnapshot().connection.status).toBe('waiting')
      await client.close()
      expect(clientClock.pending).toBe(0)
    }
  })

  it('when it sends fails that request, and frees its place', async () => {
    let emits = 0
    const { clock, conversation, asked } = scripted()
    void asked
    const client = new ChatClient({
      url: 'http://server.test',
      clock,
      retry: { maxAttempts: 1 },
      transport: ({ handlers }) => ({
        open: () => clock.setTimeout(() => handlers.connected(), 5),
        close: () => {},
        emit: (event, _payload, acknowledge) => {
          if (event === 'chat:send') {
            emits++
            throw new Error('unable to encode')
          }
          clock.setTimeout(() => acknowledge?.(joined({})), 5)
        },
      }),
    })
    const own = client.conversation('demo')
    const tasks = Array.from({ length: 30 }, () => own.sendMessage('Hello'))
    await clock.advance(1000)
    expect(await outcome(tasks[29]?.finished ?? Promise.resolve())).toBe('unknown')
    expect(emits).toBe(30)
    expect(conversation.getSnapshot().messages).toEqual([])
  })
})
