import { describe, expect, it } from 'vitest'
import { ChatClient } from '../../src/index.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { scripted } from '../support/scripted-server.js'
import { outcome, setUp } from '../support/set-up.js'

const wrong: [option: string, value: unknown][] = [
  ['url', undefined],
  ['url', ''],
  ['url', 5],
  ['socketOptions', 'x'],
  ['socketOptions', null],
  ['auth', 5],
  ['auth', {}],
  ['identity', ''],
  ['identity', 5],
  ['storage', {}],
  ['storage', null],
  ['storage', { open: 5 }],
  ['storage', memoryOutbox()],
  ['logger', {}],
  ['logger.warn', { debug() {}, info() {}, error() {} }],
  ['rawErrorSink', 'x'],
  ['schedule', 5],
  ['clock', {}],
  ['random', 0.5],
  ['transport', {}],
  ['codec', {}],
  ['codec.open', { events: [] }],
  ['gcTime', -1],
  ['gcTime', Number.NaN],
  ['gcTime', '5'],
  ['locale', 5],
  ['catalog', null],
  ['catalog', 'x'],
  ['timeouts', null],
  ['timeouts.connect', 0],
  ['timeouts.acknowledge', -1],
  ['timeouts.idle', Number.NaN],
  ['timeouts.probe', 0],
  ['limits', 5],
  ['limits.maxQueued', 0],
  ['limits.maxMessageBytes', '1000'],
  ['limits.maxAge', 0],
  ['limits.maxAge', 86_400_001],
  ['limits.maxAge', Number.POSITIVE_INFINITY],
  ['retry', 5],
  ['retry.maxAttempts', 0],
  ['retry.baseDelay', -1],
  ['retry.maxDelay', Number.POSITIVE_INFINITY],
  ['retry.jitter', 'some'],
  ['reconnect.maxAttempts', 1.5],
  ['retryBudget', true],
  ['retryBudget.capacity', -1],
]

function optionsWith(path: string, value: unknown) {
  const [option = '', field] = path.split('.')
  const isPart = field !== undefined && (typeof value !== 'object' || value === null)
  return { url: 'http://x.test', [option]: isPart ? { [field]: value } : value }
}

describe('a wrong option', () => {
  for (const [index, [path, value]] of wrong.entries()) {
    it(`is refused at once, by its name: ${path} (${index + 1})`, () => {
      const make = () => new ChatClient(optionsWith(path, value) as never)
      expect(make).toThrow(`unable to use ${path}`)
      expect(make).not.toThrow('[object Object]')
    })
  }

  it('is refused where there are none at all', () => {
    for (const options of [undefined, null, 5, 'http://x.test']) {
      expect(() => new ChatClient(options as never)).toThrow('unable to use options')
    }
  })

  it('is no zero and no infinity where these make sense', () => {
    const make = () =>
      new ChatClient({
        url: 'http://x.test',
        gcTime: Number.POSITIVE_INFINITY,
        timeouts: {
          connect: Number.POSITIVE_INFINITY,
          acknowledge: Number.POSITIVE_INFINITY,
          idle: Number.POSITIVE_INFINITY,
        },
        limits: { maxQueued: Number.POSITIVE_INFINITY, maxMessageBytes: Number.POSITIVE_INFINITY },
        retry: { maxAttempts: Number.POSITIVE_INFINITY, baseDelay: 0, maxDelay: 0 },
        retryBudget: { capacity: 0, refill: 0 },
      })
    expect(make).not.toThrow()
    expect(() => new ChatClient({ url: 'http://x.test', gcTime: 0, retryBudget: false })).not.toThrow()
  })
})

describe("a conversation's id", () => {
  it('must be one that the protocol can carry', () => {
    const client = new ChatClient({ url: 'http://x.test' })
    for (const id of [undefined, '', 5, null, 'x'.repeat(129)]) {
      expect(() => client.conversation(id as never)).toThrow('unable to use conversation id')
    }
    for (const id of ['__proto__', 'constructor', 'x'.repeat(128)]) {
      expect(client.conversation(id)).toBe(client.conversation(id))
    }
  })
})

describe('gcTime', () => {
  it('without end never leaves a conversation, and of 0 leaves it at once', async () => {
    for (const [gcTime, leaves] of [
      [Number.POSITIVE_INFINITY, 0],
      [0, 1],
    ] as const) {
      const { clock, conversation, network, clientClock } = setUp({ client: { gcTime } })
      const unsubscribe = conversation.subscribe(() => {})
      await clock.advance(100)
      unsubscribe()
      await clock.advance(600_000)
      expect(network.sent('chat:leave')).toHaveLength(leaves)
      expect(clientClock.pending).toBe(0)
    }
  })

  it('does not take away what could not be sent', async () => {
    const { clock, client, conversation } = scripted(
      {
        'chat:send': () => ({
          ok: false,
          error: { type: 'error', error: 'x', error_code: 'validation', retryable: false, timestamp: 't' },
        }),
      },
      { gcTime: 1000 },
    )
    const unsubscribe = conversation.subscribe(() => {})
    conversation.sendMessage('precious')
    await clock.advance(500)
    unsubscribe()
    await clock.advance(10_000)
    expect(client.conversation('demo').getSnapshot().messages).toMatchObject([{ status: 'failed' }])
  })
})

describe('a logger or a sink that throws', () => {
  it('stops nothing', async () => {
    const boom = () => {
      throw new Error('mine')
    }
    const { clock, conversation, network } = setUp({
      client: { logger: { debug: boom, info: boom, warn: boom, error: boom }, rawErrorSink: boom },
    })
    network.reachable = false
    const task = conversation.sendMessage('Hello')
    await clock.advance(3000)
    network.reachable = true
    await clock.advance(20_000)
    expect(await outcome(task.finished)).toBe('resolved')
  })
})

describe('rawErrorSink', () => {
  it("is given each error once, as it was thrown, and none of this SDK's own", async () => {
    const raw: unknown[] = []
    const thrown = new Error('secret')
    const { clock, client, conversation } = setUp({
      client: {
        rawErrorSink: (error) => raw.push(error),
        auth: () => {
          throw thrown
        },
        reconnect: { maxAttempts: 1 },
      },
    })
    conversation.sendMessage('')
    client.connect()
    await clock.advance(1000)
    expect(client.getSnapshot().connection.status).toBe('failed')
    expect(raw).toEqual([thrown])
  })
})
