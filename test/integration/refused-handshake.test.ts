import { describe, expect, it } from 'vitest'
import type { ErrorEvent } from '../../src/protocol/events.js'
import { connectionIs, liveChat } from '../support/live-chat.js'
import { mswChatServer, type ScriptedConnection } from '../support/msw-chat-server.js'
import { settle, VirtualClock } from '../support/virtual-clock.js'

const live = liveChat()
const server = mswChatServer()

function setUp() {
  const clock = new VirtualClock()
  const { url, socketOptions } = server
  const client = live.client(url, { socketOptions, clock, random: () => 0.5, locale: 'zh-CN' })
  return { clock, client }
}

const refusal = (fields: Partial<ErrorEvent>): ErrorEvent => ({
  type: 'error',
  error: 'not for this test',
  error_code: 'unknown',
  retryable: false,
  timestamp: '2026-01-01T00:00:00.000Z',
  ...fields,
})

describe('a handshake that is refused for now', () => {
  it.each([
    ['initializing', '系统正在初始化，请稍后重试'],
    ['network', '网络连接失败，请检查网络'],
    ['timeout', '网络连接超时，请检查网络后重试'],
    ['rate_limited', '请求过于频繁，请稍后重试'],
    ['overloaded', '服务繁忙，请稍后重试'],
    ['interrupted', '回答已中断，请重试'],
    [undefined, '服务暂时不可用，请稍后重试'],
  ])('with %s is tried again, and says why it waits', async (code, text) => {
    const { client, clock } = setUp()
    const event = refusal({ error_code: 'temporary', retryable: true, ...(code && { code }) })
    server.follow({ connecting: (connection) => connection.refuse({ message: 'no', data: event }) })
    client.connect()
    const { attempt, error } = await connectionIs(client, 'waiting')
    expect(attempt).toBe(2)
    expect(error.userMessage).toBe(text)

    server.follow({})
    await clock.advance(100)
    await connectionIs(client, 'connected')
  })

  it('is not tried again before the time that the server named', async () => {
    const { client, clock } = setUp()
    const event = refusal({ error_code: 'temporary', retryable: true, retry_after_ms: 60_000 })
    let handshakes = 0
    server.follow({
      connecting: (connection) => {
        handshakes++
        connection.refuse({ message: 'no', data: event })
      },
    })
    client.connect()
    const { retryAt } = await connectionIs(client, 'waiting')
    expect(retryAt - clock.now()).toBeGreaterThanOrEqual(60_000)
    await clock.advance(59_999)
    expect(handshakes).toBe(1)
    expect(client.getSnapshot().connection.status).toBe('waiting')
  })
})

describe('a handshake that is refused for good', () => {
  it.each([
    ['token_expired', 'auth', '登录已过期，请重新登录', 'sign-in'],
    ['unauthorized', 'auth', '尚未登录，请重新登录', 'sign-in'],
    ['forbidden', 'auth', '没有访问权限，如有需要请联系客服', 'contact-support'],
    ['unsupported_protocol', 'system', '页面已过期，请刷新页面后重试', 'retry'],
    ['internal', 'system', '系统错误，如持续出现请联系客服', 'contact-support'],
    ['invalid_message', 'validation', '消息有误，请检查后重试', 'edit'],
  ] as const)('with %s ends the attempts and says what to do', async (code, error_code, text, action) => {
    const { client, clock } = setUp()
    server.follow({
      connecting: (connection) => connection.refuse({ message: 'no', data: refusal({ code, error_code }) }),
    })
    client.connect()
    const { error } = await connectionIs(client, 'failed')
    expect(error).toMatchObject({ userMessage: text, action, code })
    expect(clock.pending).toBe(0)

    server.follow({})
    client.connect()
    await connectionIs(client, 'connected')
  })

  it('with advice never to retry by itself ends them too, however passing the reason', async () => {
    const { client } = setUp()
    const data = refusal({ error_code: 'temporary', retryable: true, retry_after_ms: -1 })
    server.follow({ connecting: (connection) => connection.refuse({ message: 'no', data }) })
    client.connect()
    expect((await connectionIs(client, 'failed')).error.retryAfterMs).toBe(-1)
  })
})

describe('a server that knows nothing of error events', () => {
  it.each([
    ['a bare message', { message: 'password is hunter2' }],
    ['data of another shape', { message: 'hunter2', data: { hunter2: ['hunter2'] } }],
    ['a text as data', { message: 'hunter2', data: 'hunter2' }],
  ])('and refuses with %s shows no word of it to anybody', async (_name, refused) => {
    const { client } = setUp()
    const log: unknown[] = []
    client.on('log', (line) => log.push(line))
    server.follow({ connecting: (connection) => connection.refuse(refused) })
    client.connect()
    const { error } = await connectionIs(client, 'waiting')
    expect(error.userMessage).toMatch(/\p{Script=Han}/u)
    expect(JSON.stringify([log, error.toJSON(), client.getSnapshot()])).not.toContain('hunter2')
  })
})

describe('a handshake that is never answered', () => {
  it.each([
    ['the transport is not opened', { opened: () => {} }],
    ['the handler hangs', { connecting: () => {} }],
  ])('because %s is given up after its time, and tried again', async (_name, script) => {
    const { client, clock } = setUp()
    const reached = new Promise<void>((resolve) => {
      server.follow({
        ...script,
        ...('opened' in script ? { opened: () => resolve() } : { connecting: () => resolve() }),
      })
    })
    client.connect()
    await reached
    await clock.advance(9_999)
    expect(client.getSnapshot().connection).toEqual({ status: 'connecting', attempt: 1 })
    await clock.advance(1)
    expect(client.getSnapshot().connection).toMatchObject({ status: 'waiting', error: { code: 'timeout' } })

    server.follow({})
    await clock.advance(100)
    await connectionIs(client, 'connected')
  })
})

describe('a server that announces its end', () => {
  it('sees its clients come back spread over the time that it advised', async () => {
    const { client, clock } = setUp()
    const connected = new Promise<ScriptedConnection>((resolve) => {
      server.follow({
        connecting: (connection) => {
          connection.accept()
          resolve(connection)
        },
      })
    })
    client.connect()
    await connectionIs(client, 'connected')
    const connection = await connected
    connection.push('chat:closing', { reconnect_spread_ms: 60_000 })
    await settle()
    connection.close()
    const { retryAt } = await connectionIs(client, 'waiting')
    // Half of the spread, by the random number of this test; 10 ms without the advice.
    expect(retryAt - clock.now()).toBe(30_000)
  })
})
