import { expect, it } from 'vitest'
import { connectionIs, liveChat } from '../support/live-chat.js'
import { mswChatServer } from '../support/msw-chat-server.js'

const live = liveChat()
const server = mswChatServer({ pingInterval: 40, pingTimeout: 40 })

it('replaces a connection over which no heartbeat comes', async () => {
  const { url, socketOptions } = server
  let opened = 0
  server.follow({
    opened: (connection) => {
      opened++
      connection.open()
    },
  })
  const client = live.client(url, { socketOptions })
  client.connect()
  await connectionIs(client, 'connected')
  await connectionIs(client, 'waiting')
  await connectionIs(client, 'connected')
  expect(opened).toBe(2)
})

it('keeps a connection over which heartbeats come', async () => {
  const { url, socketOptions } = server
  const beats: number[] = []
  server.follow({
    connecting: (connection) => {
      connection.accept()
      const timer = setInterval(() => {
        beats.push(performance.now())
        connection.sendFrame('2')
        if (beats.length === 10) enough()
      }, 20)
      live.after(() => clearInterval(timer))
    },
  })
  let enough = () => {}
  const manyBeats = new Promise<void>((resolve) => {
    enough = resolve
  })
  const client = live.client(url, { socketOptions })
  const states: string[] = []
  client.on('connection', ({ status }) => states.push(status))
  client.connect()
  await manyBeats
  expect(states).toEqual(['connecting', 'connected'])
})
