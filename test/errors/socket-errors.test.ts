import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type Socket as ServerSocket } from 'socket.io'
import { io, type Socket } from 'socket.io-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { translateError } from '../../src/errors/translate-error.js'
import type { ErrorEvent } from '../../src/protocol/events.js'

const expired: ErrorEvent = {
  type: 'error',
  error: 'Please sign in again.',
  error_code: 'auth',
  retryable: false,
  timestamp: '2026-01-01T00:00:00.000Z',
  code: 'token_expired',
  correlation_id: 'c-1',
}

const http = createServer()
const server = new Server(http, { serveClient: false })
let refusal: (Error & { data?: unknown }) | undefined
server.use((_: ServerSocket, next) => next(refusal))

const sockets: Socket[] = []
const connect = (port: number, transport = 'websocket') => {
  const socket = io(`http://127.0.0.1:${port}`, {
    transports: [transport],
    reconnection: false,
    forceNew: true,
  })
  sockets.push(socket)
  return socket
}
const failure = (socket: Socket) => new Promise<Error>((resolve) => socket.once('connect_error', resolve))

let port = 0
beforeEach(async () => {
  refusal = undefined
  if (!http.listening) await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  port = (http.address() as AddressInfo).port
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close()
  await server.close()
})

describe("socket.io's own errors", () => {
  it('an ErrorEvent of a refused handshake says why', async () => {
    refusal = Object.assign(new Error('refused'), { data: expired })
    const error = translateError(await failure(connect(port)), { locale: 'zh-CN' })
    expect(error).toMatchObject({
      category: 'auth',
      code: 'token_expired',
      userMessage: '登录已过期，请重新登录',
      action: 'sign-in',
      retryable: false,
      correlationId: 'c-1',
    })
  })

  it("a middleware's exception stays hidden, and may be tried again", async () => {
    refusal = new Error('relation "users" does not exist')
    const error = translateError(await failure(connect(port)))
    expect(error).toMatchObject({ category: 'unknown', retryable: true })
    expect(JSON.stringify(error)).not.toContain('users')
  })

  it("a middleware's KeyError means that the server is starting", async () => {
    refusal = new Error("'user_60f2ccbd-d754-4fa0-aa4d-35a7d6551d38'")
    expect(translateError(await failure(connect(port)))).toMatchObject({ code: 'initializing' })
  })

  it.each(['websocket', 'polling'])('a closed port over %s is a network failure', async (transport) => {
    await server.close()
    const error = translateError(await failure(connect(port, transport)))
    expect(error).toMatchObject({ category: 'temporary', code: 'network', retryable: true })
  })

  it('a missing acknowledgement is a time-out, a lost connection a network failure', async () => {
    const socket = connect(port)
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    const unanswered = await socket.timeout(1).emitWithAck('nobody-answers').catch(translateError)
    expect(unanswered).toMatchObject({ code: 'timeout', retryable: true })
    const cut = socket.timeout(10_000).emitWithAck('nobody-answers').catch(translateError)
    socket.disconnect()
    expect(await cut).toMatchObject({ code: 'network', retryable: true })
  })
})
