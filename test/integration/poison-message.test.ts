import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { expect, it } from 'vitest'
import { connectionIs, liveChat } from '../support/live-chat.js'
import { outcome } from '../support/set-up.js'

const live = liveChat()
const maxHttpBufferSize = 100_000

interface Request {
  readonly conversation_id: string
  readonly input: unknown
}

/** A Socket.IO server that takes packets of 100 kB, and drops the connection at a message that says "poison". */
async function serve() {
  const http = createServer()
  const io = new Server(http, { maxHttpBufferSize })
  const limits = { max_message_bytes: 1_000_000 }
  const at = { ok: true, epoch: 'e', offset: 0 }
  let connections = 0
  io.on('connection', (socket) => {
    connections++
    socket.on('chat:join', (_join: Request, acknowledge) =>
      acknowledge({ ...at, events: [], snapshot: null, limits }),
    )
    socket.on('chat:send', ({ input }: Request, acknowledge) => {
      if (JSON.stringify(input).includes('poison')) socket.conn.close()
      else acknowledge({ ...at, offset: 1, duplicate: false, attempt: 1, state: 'queued' })
    })
  })
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve)
  })
  live.after(() => io.close())
  const { port } = http.address() as AddressInfo
  return { io, url: `http://127.0.0.1:${port}`, connections: () => connections }
}

const large = 'x'.repeat(150_000)

it.each(['websocket', 'polling'])(
  'a message over the transport’s limit fails as message_too_large over %s, and breaks no connection',
  async (transport) => {
    const { url, connections } = await serve()
    const client = live.client(url, { socketOptions: { transports: [transport] } })
    const before = client.conversation('demo').sendMessage(large)
    const other = client.conversation('other').sendMessage('hi')
    expect(await outcome(before.accepted)).toBe('message_too_large')
    expect(await outcome(other.accepted)).toBe('resolved')
    // Now the limit is known, so the message is not even tried.
    const after = client.conversation('demo').sendMessage(large)
    expect(await outcome(after.accepted)).toBe('message_too_large')
    expect(client.conversation('demo').getSnapshot().messages).toHaveLength(1)
    expect(connections()).toBe(1)
  },
)

it.each([0, null])('a limit of %s, which is none, refuses no message', async (limit) => {
  const { url, io } = await serve()
  Object.assign((io.engine as unknown as { opts: object }).opts, { maxHttpBufferSize: limit })
  const task = live.client(url).conversation('demo').sendMessage('hi')
  expect(await outcome(task.accepted)).toBe('resolved')
})

it('a message at which the server drops the connection fails, and what is sent after it arrives', async () => {
  const { url, connections } = await serve()
  const client = live.client(url)
  const conversation = client.conversation('demo')
  conversation.subscribe(() => {})
  await connectionIs(client, 'connected')
  const poison = conversation.sendMessage('poison')
  const good = conversation.sendMessage('good')
  const other = client.conversation('other').sendMessage('good')
  expect(await outcome(poison.accepted)).toBe('interrupted')
  expect(await outcome(good.accepted)).toBe('resolved')
  expect(await outcome(other.accepted)).toBe('resolved')
  expect(connections()).toBeLessThanOrEqual(7)
})
