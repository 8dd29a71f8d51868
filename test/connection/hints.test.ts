import { afterEach, describe, expect, it, vi } from 'vitest'
import { joined, scripted } from '../support/scripted-server.js'

const minute = 60_000

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** The warnings of a client's log, and those in the console. */
function setUp(...given: Parameters<typeof scripted>) {
  const console_ = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const warnings: unknown[] = []
  const logger = {
    debug() {},
    info() {},
    error() {},
    warn: (event: string, fields?: object) => void warnings.push({ event, ...fields }),
  }
  const [script, options] = given
  return {
    warnings,
    console: console_,
    logger,
    setup: (more: object = {}) => scripted(script, { ...options, ...more }),
  }
}

describe('a mistake that only the developer can mend', () => {
  it('is logged once with the name of the field: a join answer', async () => {
    const { warnings, logger, setup } = setUp({ 'chat:join': () => joined({ reconnect_spread_ms: null }) })
    const { clock, conversation, client } = setup({ logger })
    conversation.subscribe(() => {})
    await clock.advance(minute)
    expect(warnings.filter((line) => (line as { event: string }).event === 'answer_unreadable')).toEqual([
      expect.objectContaining({ event: 'answer_unreadable', field: 'reconnect_spread_ms' }),
    ])
    await client.close()
  })

  it.each([
    ['a text', 'yes', 'answer'],
    ['a refusal without a reason', { ok: false }, 'error'],
    ['an answer without limits', { ...joined({}), limits: undefined }, 'limits'],
  ])('is logged with the name of the field: %s', async (_name, answer, field) => {
    const { warnings, logger, setup } = setUp({ 'chat:join': () => answer })
    const { clock, conversation, client } = setup({ logger })
    conversation.subscribe(() => {})
    await clock.advance(1000)
    expect(warnings).toContainEqual(expect.objectContaining({ field }))
    await client.close()
  })

  it('is logged as the client is made: options of socket.io-client that have no effect', async () => {
    const { warnings, logger, setup } = setUp()
    const socketOptions = { auth: { token: 'secret' }, reconnection: true, path: '/chat' }
    const { client } = setup({ logger, socketOptions })
    expect(warnings).toEqual([
      expect.objectContaining({ option: 'socketOptions.auth' }),
      expect.objectContaining({ option: 'socketOptions.reconnection' }),
    ])
    expect(JSON.stringify(warnings)).not.toContain('secret')
    await client.close()
  })

  it('goes to the console once in development, if the app has no logger', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    const { console: shown, setup } = setUp({ 'chat:join': () => joined({ reconnect_spread_ms: null }) })
    const { clock, conversation, client } = setup({ socketOptions: { retries: 3 } })
    conversation.subscribe(() => {})
    await clock.advance(minute)
    expect(shown.mock.calls.map(([text]) => String(text))).toEqual([
      expect.stringContaining('socketOptions.retries has no effect'),
      expect.stringContaining('reconnect_spread_ms'),
    ])
    await client.close()
  })

  it('never goes to the console in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const { console: shown, setup } = setUp({ 'chat:join': () => joined({ reconnect_spread_ms: null }) })
    const { clock, conversation, client } = setup({ socketOptions: { retries: 3 } })
    conversation.subscribe(() => {})
    await clock.advance(minute)
    expect(shown).not.toHaveBeenCalled()
    await client.close()
  })
})
