import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { describe, expect, it } from 'vitest'
import { connectionIs, liveChat } from '../support/live-chat.js'

const live = liveChat()

async function listen(server: HttpServer): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  live.after(() => {
    server.closeAllConnections()
    return new Promise((done) => server.close(done))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A Socket.IO server that lets the test refuse. */
async function socketServer(refuse: (io: Server) => void, options: object = {}): Promise<string> {
  const http = createServer()
  const io = new Server(http, options)
  live.after(() => io.close())
  refuse(io)
  return listen(http)
}

const transports = ['polling', 'websocket'] as const

describe('a proxy before the server', () => {
  const answering = (status: number) =>
    createServer((_request, response) => void response.writeHead(status).end())
      // An upgrade that is answered with a status, as a proxy does.
      .on('upgrade', (_request, socket) =>
        socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`),
      )

  it.each(transports)(
    'that answers 401 to %s asks for sign-in, and is not asked again',
    async (transport) => {
      const url = await listen(answering(401))
      const client = live.client(url, { socketOptions: { transports: [transport] }, auth: 'token' })
      client.connect()
      const { error } = await connectionIs(client, 'failed')
      expect(error).toMatchObject({ code: 'unauthorized', action: 'sign-in', details: { status: 401 } })
    },
  )

  it.each(transports)('that answers 403 to %s ends the attempts', async (transport) => {
    const url = await listen(answering(403))
    const client = live.client(url, { socketOptions: { transports: [transport] } })
    client.connect()
    expect((await connectionIs(client, 'failed')).error).toMatchObject({
      code: 'forbidden',
      action: 'contact-support',
    })
  })

  it.each(transports)('that answers 502 to %s is asked again', async (transport) => {
    const url = await listen(answering(502))
    const client = live.client(url, { socketOptions: { transports: [transport] } })
    client.connect()
    // The server's fault, and not the person's network's.
    expect((await connectionIs(client, 'waiting')).error).toMatchObject({ retryable: true, action: 'wait' })
  })

  it.each(transports)(
    'that answers 404 to %s is asked again, and tells the developer why',
    async (transport) => {
      const url = await listen(answering(404))
      const client = live.client(url, { socketOptions: { transports: [transport] } })
      const warnings: unknown[] = []
      client.on('log', ({ level, event, fields }) => level === 'warn' && warnings.push([event, fields]))
      client.connect()
      expect((await connectionIs(client, 'waiting')).error.action).toBe('wait')
      expect(JSON.stringify(warnings)).toContain('check the url')
    },
  )
})

describe('a Socket.IO server without the protocol', () => {
  it('that refuses by allowRequest ends the attempts', async () => {
    const url = await socketServer(() => {}, {
      allowRequest: (_request: IncomingMessage, done: (error: string | null, ok: boolean) => void) =>
        done('no', false),
    })
    const client = live.client(url, { socketOptions: { transports: ['polling'] } })
    client.connect()
    expect((await connectionIs(client, 'failed')).error.code).toBe('forbidden')
  })

  it.each([
    ['next(new Error("unauthorized"))', new Error('unauthorized'), 'unauthorized'],
    ['a status in its data', Object.assign(new Error('no'), { data: { status: 401 } }), 'unauthorized'],
    ["python-socketio's words", new Error('authentication failed'), 'unauthorized'],
    ['an expired token that is a string', new Error('jwt expired'), 'token_expired'],
  ])('that refuses with %s ends the attempts', async (_name, error, code) => {
    const url = await socketServer((io) => io.use((_socket, next) => next(error)))
    const client = live.client(url, { auth: 'token' })
    client.connect()
    expect((await connectionIs(client, 'failed')).error).toMatchObject({ code, action: 'sign-in' })
  })

  it('that has no such namespace ends the attempts, and tells the developer why', async () => {
    const url = await socketServer(() => {})
    const client = live.client(`${url}/no-such-namespace`)
    const warnings: unknown[] = []
    client.on('log', ({ level, event, fields }) => level === 'warn' && warnings.push([event, fields]))
    client.connect()
    expect((await connectionIs(client, 'failed')).error.action).toBe('contact-support')
    expect(JSON.stringify(warnings)).toContain('no such namespace')
  })

  it.each([
    [
      'disconnects each socket at once',
      (io: Server) => io.on('connection', (socket) => socket.disconnect(true)),
    ],
    ['refuses with a text of no meaning', (io: Server) => io.use((_socket, next) => next(new Error('no')))],
  ])('that %s tells the developer once', async (_name, refuse) => {
    const url = await socketServer(refuse)
    const client = live.client(url)
    const warnings: unknown[] = []
    client.on('log', ({ level, fields }) => level === 'warn' && warnings.push(fields.hint))
    let attempts = 0
    const thrice = new Promise<void>((done) => {
      client.on('connection', ({ status }) => status === 'waiting' && ++attempts === 3 && done())
    })
    client.connect()
    await thrice
    expect(warnings).toEqual([expect.stringContaining('docs/protocol.md')])
    expect((await connectionIs(client, 'waiting')).error.action).not.toBe('check-network')
  })

  it('that finds the token expired is given a new one, once', async () => {
    const tokens: unknown[] = []
    const url = await socketServer((io) =>
      io.use(({ handshake }, next) => {
        tokens.push(handshake.auth.token)
        next(handshake.auth.token === 'new' ? undefined : new Error('jwt expired'))
      }),
    )
    const client = live.client(url, { auth: ({ reason }) => (reason === 'expired' ? 'new' : 'old') })
    client.connect()
    await connectionIs(client, 'connected')
    expect(tokens).toEqual(['old', 'new'])
  })
})

describe('a redirect during long polling', () => {
  /** Another origin, which would like to have the token. */
  async function thief() {
    const bodies: string[] = []
    const listener: RequestListener = (request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        bodies.push(`${request.method} ${request.url} ${body} ${JSON.stringify(request.headers)}`)
        response.end('ok')
      })
    }
    return { url: await listen(createServer(listener)), bodies }
  }

  it.each([
    ['307, of the token itself', 307, 'POST'],
    ['308, of the token itself', 308, 'POST'],
    ['307, of the first request', 307, 'GET'],
    ['302, of the first request', 302, 'GET'],
    [
      '302, of a request with a token in a header',
      302,
      'GET',
      { extraHeaders: { 'x-api-key': 'the-token' } },
    ],
    ['307, of a poll with a token in a header', 307, 'poll', { extraHeaders: { 'x-api-key': 'the-token' } }],
  ])('takes the token nowhere: %s', async (_name, status, method, options: object = {}) => {
    const { url: other, bodies } = await thief()
    const open = '0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
    const url = await listen(
      createServer((request, response) => {
        const isPoll = request.method === 'GET' && request.url?.includes('sid=')
        if (request.method === method || (method === 'poll' && isPoll))
          response.writeHead(status, { location: `${other}${request.url}` }).end()
        else if (request.url?.includes('sid=')) setTimeout(() => response.end('6'), 50)
        else response.end(open)
      }),
    )
    const client = live.client(url, {
      auth: 'the-token',
      socketOptions: { transports: ['polling'], ...options },
    })
    client.connect()
    const { error } = await connectionIs(client, 'failed')
    expect(error.message).toContain('redirects')
    expect(bodies.filter((body) => body.includes('the-token'))).toEqual([])
  })
})
