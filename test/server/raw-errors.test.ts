import { afterEach, describe, expect, it, vi } from 'vitest'
import { AppError, type ChatServerOptions } from '../../src/server/index.js'
import { silentLogger } from '../../src/shared/logger.js'
import { failing, joinAll, liveServers, send } from './live-server.js'

const serve = liveServers()
afterEach(() => vi.restoreAllMocks())

const once: Partial<ChatServerOptions> = { retry: { maxAttempts: 1 } }

/** Asks once, and waits for the error of the answer. */
async function failedAnswer(options: Partial<ChatServerOptions>) {
  const client = await (await serve({ ...once, ...options })).connect()
  await client.request('chat:join', joinAll)
  await client.request('chat:send', send('t'))
  return client.event(({ type }) => type === 'error')
}

describe('rawErrorSink of a server', () => {
  it('is given an error of respond as it was thrown', async () => {
    const thrown = new Error('secret')
    const told: unknown[] = []
    await failedAnswer({ respond: failing(thrown), rawErrorSink: (error) => told.push(error) })
    expect(told).toEqual([thrown])
  })

  it('is told in words if respond returns no async iterable, and the answer fails for good', async () => {
    const told: unknown[] = []
    const event = await failedAnswer({
      respond: (async () => 'text') as unknown as ChatServerOptions['respond'],
      rawErrorSink: (error) => told.push(error),
    })
    expect(event).toMatchObject({ error_code: 'system', retryable: false })
    expect(String(told)).toContain('unable to use what respond returned; expected an async iterable')
    expect(told).toHaveLength(1)
  })

  it.each([
    ['nothing', undefined],
    ['no object', false],
    ['a user without an id', { name: 'Ann' }],
  ])('is told in words if authenticate returns %s', async (_what, user) => {
    const told: unknown[] = []
    const { open } = await serve({
      authenticate: (() => user) as unknown as NonNullable<ChatServerOptions['authenticate']>,
      rawErrorSink: (error) => told.push(error),
    })
    await open({ protocol: 1 }).refused()
    expect(String(told)).toContain('unable to use what authenticate returned')
  })

  it('is told of an error of access, and not of a refusal by an AppError', async () => {
    const thrown = new Error('the database is away')
    const told: unknown[] = []
    const client = await (
      await serve({
        access: ({ conversationId }) => {
          throw conversationId === 'c'
            ? thrown
            : new AppError({ code: 'forbidden', message: 'unable to go on' })
        },
        rawErrorSink: (error) => told.push(error),
      })
    ).connect()
    await client.ask('chat:join', joinAll)
    await client.ask('chat:join', { ...joinAll, conversation_id: 'other' })
    expect(told).toEqual([thrown])
  })

  it('may throw: the answer fails as without it', async () => {
    const rawErrorSink = () => {
      throw new Error('boom')
    }
    const event = await failedAnswer({ respond: failing(new Error('secret')), rawErrorSink })
    expect(event).toMatchObject({ error_code: 'unknown' })
  })
})

it.each([
  ['says once in the console that errors are left out, and none of their text', {}, 1],
  ['says nothing in the console if it has a logger', { logger: silentLogger }, 0],
])('a server in development %s', async (_what, options, times) => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const server = await serve({ ...once, respond: failing(new Error('secret')), ...options })
  const client = await server.connect()
  await client.request('chat:join', joinAll)
  for (const taskId of ['t', 'u']) {
    await client.request('chat:send', send(taskId))
    await client.event(({ type, task_id }) => type === 'error' && task_id === taskId)
  }
  const lines = warn.mock.calls.map(String)
  expect(lines).toHaveLength(times)
  for (const line of lines) expect(line).toMatch(/^reconvene: .*rawErrorSink/)
  expect(lines.join()).not.toContain('secret')
})

const own = ['https://own.example']
const foreign = { origin: 'https://foreign.example' }
const proxied = { 'x-forwarded-for': '192.0.2.7' }

it.each<[string, Partial<ChatServerOptions>, Record<string, string>, string]>([
  ['a page that `origins` does not name', { origins: own }, foreign, 'does not name'],
  ['a page of another machine', {}, foreign, 'name the origins of your pages in the option `origins`'],
  ['what comes through a proxy', {}, proxied, 'that needs the option `authenticate`'],
])(
  'a server that refuses %s tells its developer which option refused it',
  async (_what, options, headers, told) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const silent = await serve(options)
    const lines: unknown[][] = []
    const logger = { ...silentLogger, warn: (...line: unknown[]) => void lines.push(line) }
    const logging = await serve({ ...options, logger })
    for (const server of [silent, logging])
      await server.open({ protocol: 1 }, { extraHeaders: headers }).refused()
    expect(warn.mock.calls).toEqual([[expect.stringContaining(told)]])
    expect(lines).toEqual([
      [
        'request refused',
        expect.objectContaining({ code: 'forbidden', hint: expect.stringContaining(told) }),
      ],
    ])
    expect(String([warn.mock.calls, JSON.stringify(lines)])).not.toContain('foreign.example')
  },
)
