import { describe, expect, it } from 'vitest'
import { type AuthContext, type ChatClient, UnauthorizedError } from '../../src/index.js'
import { refused, scripted } from '../support/scripted-server.js'
import { setUp } from '../support/set-up.js'

const hour = 3_600_000

/** Milliseconds until the next attempt. */
function waitOf(client: ChatClient, clock: { now(): number }): number {
  const { connection } = client.getSnapshot()
  return connection.status === 'waiting' ? connection.retryAt - clock.now() : Number.NaN
}

describe('the spread that a closing server advises', () => {
  it('still holds after another conversation has joined over the same connection', async () => {
    const { clock, client, closing, cut } = scripted()
    client.connect()
    await clock.advance(hour)
    closing(300_000)
    client.conversation('other').subscribe(() => {})
    await clock.advance(1000)
    cut()
    await clock.advance(100)
    expect(waitOf(client, clock)).toBeGreaterThan(60_000)
    await client.close()
  })

  it('holds also for a client that has only just connected', async () => {
    const { clock, client, closing, cut } = scripted()
    client.connect()
    await clock.advance(10)
    closing(300_000)
    cut()
    await clock.advance(100)
    expect(waitOf(client, clock)).toBeGreaterThan(60_000)
    await client.close()
  })
})

it('a person who connects is not put off because the clock was set back', async () => {
  const { clock, client, cut, handshakes } = scripted({}, { reconnect: { baseDelay: 5000, jitter: 'none' } })
  client.connect()
  await clock.advance(100)
  cut()
  await clock.advance(100)
  client.connect()
  await clock.advance(100)
  expect(handshakes()).toBe(2)
  cut()
  await clock.advance(100)
  clock.jump(-hour)
  client.connect()
  await clock.advance(100)
  expect(handshakes()).toBe(3)
  await client.close()
})

it('a hundred conversations that a page shows while the server is away make no attempt out of turn', async () => {
  const { clock, client, network } = setUp({ client: { reconnect: { baseDelay: 60_000, jitter: 'none' } } })
  network.reachable = false
  client.connect()
  await clock.advance(100)
  expect(client.getSnapshot().connection).toMatchObject({ status: 'waiting', attempt: 2 })
  network.reachable = true
  for (let row = 0; row < 100; row++) client.conversation(`row ${row}`).subscribe(() => {})
  await clock.advance(1000)
  expect(client.getSnapshot().connection).toMatchObject({ status: 'waiting', attempt: 2 })
  await client.close()
})

it('a wait is told once, whatever else waits meanwhile', async () => {
  const { clock, client, network } = setUp()
  network.reachable = false
  const waits: number[] = []
  client.on('connection', (state) => state.status === 'waiting' && waits.push(state.attempt))
  client.connect()
  void client.recovery.executeWithRetry('other', () => Promise.reject(new Error('503'))).catch(() => {})
  await clock.advance(60_000)
  expect(waits).toEqual([...new Set(waits)])
  await client.close()
})

it('a reason for which a handshake is refused is told again after a connection that has lasted', async () => {
  const { clock, client, network } = setUp()
  const told: unknown[] = []
  client.on('log', ({ event, fields }) => event === 'handshake_refused' && told.push(fields.code))
  network.admit = () => Object.assign(new Error('no'), { data: { status: 503 } })
  client.connect()
  await clock.advance(60_000)
  expect(told).toEqual(['overloaded'])
  const admit = network.admit
  network.admit = () => undefined
  await clock.advance(hour)
  expect(client.getSnapshot().connection.status).toBe('connected')
  network.admit = admit
  network.cut()
  await clock.advance(60_000)
  expect(told).toEqual(['overloaded', 'overloaded'])
  await client.close()
})

it.each([
  ['tells the developer if it does so at once', 100, ['temporary']],
  ['tells the developer nothing if it does so after an hour', hour, []],
])('a server that ends the connection %s', async (_what, after, expected) => {
  const { clock, client, cut } = scripted()
  const told: unknown[] = []
  client.on('log', ({ event, fields }) => event === 'handshake_refused' && told.push(fields.code))
  client.connect()
  await clock.advance(after)
  cut('io server disconnect')
  await clock.advance(100)
  expect(told).toEqual(expected)
  await client.close()
})

describe('auth', () => {
  it('hears whether a connection is the first one or one more', async () => {
    const reasons: string[] = []
    const { clock, client, network } = setUp({
      client: { auth: ({ reason }: AuthContext) => String(reasons.push(reason)) },
    })
    network.reachable = false
    client.connect()
    await clock.advance(300)
    network.reachable = true
    await clock.advance(hour)
    network.cut()
    await clock.advance(1000)
    expect(reasons[0]).toBe('connect')
    expect(reasons.length).toBeGreaterThan(2)
    expect(new Set(reasons.slice(1))).toEqual(new Set(['reconnect']))
    await client.close()
  })

  it('that had no new token in place of the expired one is asked as at first by a person who connects again', async () => {
    const reasons: string[] = []
    const { clock, client, network } = setUp({
      client: {
        auth({ reason }: AuthContext) {
          reasons.push(reason)
          if (reason === 'expired') throw new UnauthorizedError()
          return 'old'
        },
      },
    })
    const { error } = refused({ error_code: 'auth', code: 'token_expired', retryable: false })
    network.admit = () => Object.assign(new Error('no'), { data: error })
    client.connect()
    await clock.advance(5000)
    expect(client.getSnapshot().connection.status).toBe('failed')
    network.admit = () => undefined
    client.connect()
    await clock.advance(1000)
    expect(reasons).toEqual(['connect', 'expired', 'connect'])
    expect(client.getSnapshot().connection.status).toBe('connected')
    await client.close()
  })

  it('that answers in the instant of a disconnect() leads to no handshake', async () => {
    for (let turns = 0; turns < 20; turns++) {
      let give = (_token: string) => {}
      const auth = () => new Promise<string>((resolve) => (give = resolve))
      const { clock, client, handshakes } = scripted({}, { auth })
      client.connect()
      await clock.advance(100)
      give('token')
      for (let turn = 0; turn < turns; turn++) await null
      const before = handshakes()
      client.disconnect()
      await clock.advance(1000)
      expect({ turns, handshakes: handshakes() }).toEqual({ turns, handshakes: before })
      expect(client.getSnapshot().connection.status).toBe('idle')
      await client.close()
    }
  })
})
