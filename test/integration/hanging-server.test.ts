import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { connectionIs, liveChat } from '../support/live-chat.js'
import { until } from '../support/until.js'

const live = liveChat()

/** Answers its first requests, each with one of `answers`, and then takes requests and says nothing. */
async function hangingServer(...answers: string[]) {
  const open = new Set<Socket>()
  let changed = () => {}
  const subscribe = (check: () => void) => {
    changed = check
    return () => {}
  }
  const server = createServer((_request, response) => {
    const answer = answers.shift()
    response.setHeader('connection', 'close')
    if (answer !== undefined) response.end(answer)
  })
  // Node hands the socket over, and with it the work of noticing its end.
  server.on('upgrade', (_request, socket) => socket.on('end', () => socket.destroy()).resume())
  server.on('connection', (socket) => {
    open.add(socket)
    changed()
    socket.on('close', () => {
      open.delete(socket)
      changed()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  live.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isAsked: () => until(() => open.size > 0, { subscribe }),
    isLetGo: () => until(() => open.size === 0, { subscribe }),
  }
}

const once = { baseDelay: 600_000, maxDelay: 600_000 }

describe.each(['polling', 'websocket'])('a server that hangs, asked by %s,', (transport) => {
  const socketOptions = { transports: [transport] }

  it('is let go when the handshake is given up', async () => {
    const server = await hangingServer()
    const client = live.client(server.url, { socketOptions, reconnect: once, timeouts: { connect: 100 } })
    client.connect()
    await server.isAsked()
    await connectionIs(client, 'waiting')
    await server.isLetGo()
  })

  it('is let go when the client is closed', async () => {
    const server = await hangingServer()
    const client = live.client(server.url, { socketOptions })
    client.connect()
    await server.isAsked()
    await client.close()
    await server.isLetGo()
  })
})

it('a server that hangs in the middle of a polling session is let go although it answers no goodbye', async () => {
  const server = await hangingServer('0{"sid":"s","upgrades":[],"pingInterval":50,"pingTimeout":50}')
  const client = live.client(server.url, { socketOptions: { transports: ['polling'] }, reconnect: once })
  client.connect()
  expect((await connectionIs(client, 'waiting')).error.code).toBe('network')
  await server.isAsked()
  await server.isLetGo()
})
