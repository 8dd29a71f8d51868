import { describe, expect, it } from 'vitest'
import { CLOSE_GRACE_MS } from '../../src/server/close-deadline.js'
import { type ChatStore, memoryStore } from '../../src/server/index.js'
import type { Clock } from '../../src/shared/clock.js'
import { systemClock } from '../../src/shared/clock.js'
import { saying } from '../support/wire-client.js'
import { coreUnderTest, keyOf, type UnderTest } from './core-under-test.js'
import { endless, joinAll, liveServers, send } from './live-server.js'
import { recordingLogger } from './store/recording-logger.js'

const begin = (test: UnderTest) => test.send('t1', saying('m1', 'one'))
const silence = (test: UnderTest) => test.process.kill({ keepsLeases: true })

const moments: readonly [string, (test: UnderTest) => Promise<unknown>][] = [
  ['an answer runs', begin],
  [
    'a word of an answer is being stored',
    async (test) => {
      await begin(test)
      silence(test)
      await test.responder.last.say('word')
    },
  ],
  [
    'the end of an answer is being stored',
    async (test) => {
      await begin(test)
      silence(test)
      await test.responder.last.end()
    },
  ],
  [
    'a lease is being asked for',
    async (test) => {
      test.process.lease = () => new Promise(() => {})
      await begin(test)
    },
  ],
  [
    'a lease is being given back',
    async (test) => {
      const { lease } = test.process
      test.process.lease = async (...given) => {
        const granted = await lease(...given)
        return granted && { ...granted, release: () => new Promise(() => {}) }
      }
      await begin(test)
      await test.responder.last.end()
    },
  ],
  [
    'a subscription is being ended',
    async (test) => {
      test.process.subscribe = async () => () => new Promise(() => {})
      await test.core.hold(keyOf('bob'))
    },
  ],
]

describe('a close, if the store never answers', () => {
  it.each(moments)('ends five seconds after the drain and says so, while %s', async (_moment, prepare) => {
    const logger = recordingLogger()
    const test = await coreUnderTest({ env: { logger } })
    await prepare(test)
    silence(test)
    let isClosed = false
    const closed = test.close(1000).then(() => {
      isClosed = true
    })
    await test.clock.advance(1000 + CLOSE_GRACE_MS - 1)
    expect(isClosed).toBe(false)
    await test.clock.advance(1)
    await closed
    expect(logger.lines.map(([level, event]) => `${level} ${event}`)).toContain(
      'error the close gave up a wait; the store does not answer',
    )
    // A timer that is left would keep the process alive.
    expect(test.clock.pending).toBe(0)
  })
})

describe('a server', () => {
  const serve = liveServers()
  /** A second of the server takes 20 ms. */
  const fastClock: Clock = {
    ...systemClock,
    setTimeout: (callback, ms) => systemClock.setTimeout(callback, ms / 50),
  }

  it('closes its connections and ends, if no method of the store answers any more', async () => {
    const store = memoryStore()
    const logger = recordingLogger()
    const server = await serve({ store, logger, clock: fastClock, respond: endless })
    const client = await server.connect()
    await client.request('chat:join', joinAll)
    await client.request('chat:send', send('t', 'hello'))
    await client.event(({ type }) => type === 'delta')
    const gone = client.disconnected()
    const methods: (keyof ChatStore)[] = ['read', 'append', 'lease', 'compact', 'publish', 'due', 'close']
    for (const method of methods) Object.assign(store, { [method]: () => new Promise(() => {}) })
    await server.chat.close({ drainMs: 10 })
    await gone
    const parts = logger.lines.flatMap(([level, , fields]) => (level === 'error' ? [fields?.part] : []))
    expect(parts).toEqual(['ending what runs', 'closing the store'])
  })

  it('lets nobody in whom the app was still authenticating as it closed', async () => {
    let admit: (() => void) | undefined
    const server = await serve({
      authenticate: async () => {
        await new Promise<void>((resolve) => {
          admit = resolve
        })
        return { id: 'ann' }
      },
    })
    const late = server.open()
    const refused = late.refused()
    await expect.poll(() => admit).toBeDefined()
    await server.chat.close({ drainMs: 0 })
    admit?.()
    expect((await refused).data).toMatchObject({ code: 'overloaded', retryable: true })
    expect(server.chat.stats().connections).toBe(0)
  })

  it('names what failed in its log, and closes the rest', async () => {
    const store = memoryStore()
    const logger = recordingLogger()
    const server = await serve({ store, logger })
    const client = await server.connect()
    await client.request('chat:join', joinAll)
    const gone = client.disconnected()
    store.close = () => Promise.reject(new Error('secret of the store'))
    await server.chat.close({ drainMs: 0 })
    await gone
    const failed = logger.lines.filter(([level]) => level === 'error')
    expect(failed).toMatchObject([['error', 'a part of the close failed', { part: 'closing the store' }]])
    expect(JSON.stringify(failed)).not.toContain('secret')
  })
})
