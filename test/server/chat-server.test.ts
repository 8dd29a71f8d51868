import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { afterEach, expect, it } from 'vitest'
import { ChatClient, messageText } from '../../src/index.js'
import { ChatServer } from '../../src/server/index.js'
import { WireClient } from '../support/wire-client.js'
import { joinAll, oneWord } from './live-server.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

it('answers a message of a real client', async () => {
  const io = new Server(0)
  cleanups.push(() => io.close())
  const chat = new ChatServer({
    async *respond() {
      yield 'Hello, '
      yield 'world'
    },
  })
  cleanups.push(() => chat.close())
  await chat.attach(io)
  const { port } = io.httpServer.address() as { port: number }
  const client = new ChatClient({ url: `http://127.0.0.1:${port}` })
  cleanups.push(() => client.close())
  const conversation = client.conversation('demo')
  const task = conversation.sendMessage('Hi')
  await task.finished
  const last = conversation.getSnapshot().messages.at(-1)
  expect(last && messageText(last)).toBe('Hello, world')
})

it('serves a namespace alone, and leaves it to another server once it is closed', async () => {
  const io = new Server(0)
  cleanups.push(() => io.close())
  const [first, second] = [new ChatServer({ respond: oneWord }), new ChatServer({ respond: oneWord })]
  cleanups.push(() => Promise.all([first.close(), second.close()]))
  await first.attach(io)
  await first.attach(io)
  await expect(second.attach(io)).rejects.toThrow('another ChatServer serves this namespace')
  await first.close({ drainMs: 0 })
  await second.attach(io)
  const { port } = io.httpServer.address() as { port: number }
  const client = new WireClient(`http://127.0.0.1:${port}`)
  cleanups.push(() => client.close())
  await client.connected()
  await client.request('chat:join', joinAll)
  expect(second.stats().connections).toBe(1)
})

it.each([
  ['nothing', undefined],
  ['an HTTP server', createServer()],
  ['a port', 3001],
])('refuses to attach to %s, and says what it takes', async (_what, target) => {
  const chat = new ChatServer({ respond: oneWord })
  cleanups.push(() => chat.close())
  await expect(chat.attach(target as unknown as Server)).rejects.toThrow(
    'unable to attach; expected a Socket.IO server or one of its namespaces',
  )
})
