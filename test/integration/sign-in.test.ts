import { describe, expect, it } from 'vitest'
import { socketIoTransport } from '../../src/connection/socket-io-transport.js'
import type { TransportFactory } from '../../src/connection/transport.js'
import { type AuthContext, UnauthorizedError } from '../../src/index.js'
import { connectionIs, liveChat, logOf } from '../support/live-chat.js'
import { recordingTransport } from '../support/recording-transport.js'

const live = liveChat()

/** An auth function that gives these tokens in turn, the last one for ever, and remembers why it was asked. */
function tokens(...given: string[]) {
  const reasons: AuthContext['reason'][] = []
  const auth = ({ reason }: AuthContext) => {
    reasons.push(reason)
    return given[Math.min(reasons.length, given.length) - 1]
  }
  return { auth, reasons }
}

describe('an expired token', () => {
  it('is renewed once at the handshake, and the message goes out', async () => {
    const server = await live.serve()
    const { auth, reasons } = tokens('alice:expired', 'alice')
    const task = live.client(server.url, { auth }).conversation('demo').sendMessage('Hello')
    expect((await task.finished).status).toBe('complete')
    expect(reasons).toEqual(['connect', 'expired'])
  })

  it('is renewed once in the middle of a session, and the same request is repeated', async () => {
    const server = await live.serve()
    const { auth, reasons } = tokens('alice:1', 'alice:2')
    const { transport, sent } = recordingTransport()
    const conversation = live.client(server.url, { auth, transport }).conversation('demo')
    await conversation.sendMessage('first').finished
    server.faults.add('alice', { kind: 'auth_expired' })
    const task = conversation.sendMessage('second')
    expect((await task.finished).status).toBe('complete')
    expect(reasons).toEqual(['connect', 'expired'])
    const repeats = sent('chat:send').filter(({ payload }) => payload.task_id === task.id)
    expect(repeats).toHaveLength(2)
    expect((await logOf(server, 'alice')).messages).toHaveLength(4)
  })

  it('is final when the new token has expired too, until the person has signed in again', async () => {
    const server = await live.serve()
    const { auth, reasons } = tokens('alice:expired', 'alice:expired', 'alice')
    const client = live.client(server.url, { auth, locale: 'zh-CN' })
    const task = client.conversation('demo').sendMessage('Hello')
    const { error } = await connectionIs(client, 'failed')
    expect(error).toMatchObject({ code: 'token_expired', action: 'sign-in' })
    expect(error.userMessage).toBe('登录已过期，请重新登录')
    expect(reasons).toEqual(['connect', 'expired'])
    client.connect()
    expect((await task.finished).status).toBe('complete')
  })
})

describe('a token that is not accepted', () => {
  it('ends the attempts at once, and keeps the message for whoever signs in next', async () => {
    const server = await live.serve()
    const { auth, reasons } = tokens('forbidden', 'alice')
    const client = live.client(server.url, { auth, locale: 'zh-CN' })
    const conversation = client.conversation('demo')
    const task = conversation.sendMessage('Hello')
    const { error } = await connectionIs(client, 'failed')
    expect(error).toMatchObject({ code: 'forbidden', retryable: false })
    expect(error.userMessage).toBe('没有访问权限，如有需要请联系客服')
    expect(reasons).toEqual(['connect'])
    expect(conversation.getSnapshot().messages).toMatchObject([{ status: 'queued' }])
    client.connect()
    expect((await task.finished).status).toBe('complete')
  })

  it('is refused on reconnection too, once it was revoked', async () => {
    const server = await live.serve()
    const client = live.client(server.url, { auth: 'alice' })
    await client.conversation('demo').sendMessage('Hello').finished
    server.revoke('alice')
    const { error } = await connectionIs(client, 'failed')
    expect(error.code).toBe('forbidden')
  })
})

describe('nobody signed in', () => {
  it('ends the attempts before anything touches the network', async () => {
    const server = await live.serve()
    const proxy = await live.proxy(server.url)
    const auth = () => {
      throw new UnauthorizedError()
    }
    const client = live.client(proxy.url, { auth })
    client.connect()
    const { error } = await connectionIs(client, 'failed')
    expect(error).toMatchObject({ code: 'unauthorized', action: 'sign-in' })
    expect(proxy.connections()).toBe(0)
  })
})

describe('a page that is older than the server', () => {
  it('is told to reload, and does not knock again', async () => {
    const server = await live.serve()
    const proxy = await live.proxy(server.url)
    const outdated: TransportFactory = (options) => {
      const real = socketIoTransport(options)
      return { ...real, open: (auth) => real.open({ ...auth, protocol: 99 }) }
    }
    const client = live.client(proxy.url, { transport: outdated, locale: 'zh-CN' })
    client.connect()
    const { error } = await connectionIs(client, 'failed')
    expect(error).toMatchObject({ code: 'unsupported_protocol', userMessage: '页面已过期，请刷新页面后重试' })
    expect(proxy.connections()).toBe(1)
  })
})
