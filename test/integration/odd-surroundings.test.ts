import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { connectionIs, liveChat } from '../support/live-chat.js'
import { until } from '../support/until.js'

const live = liveChat()

it('ackTimeout among socketOptions breaks nothing', async () => {
  const server = await live.serve()
  const socketOptions = { transports: ['websocket'], ackTimeout: 5000 }
  const client = live.client(server.url, { auth: 'alice', socketOptions })
  const conversation = client.conversation('demo')
  let failures = 0
  const subscribe = (check: () => void) =>
    client.on('log', ({ event }) => {
      if (event === 'retry') failures++
      check()
    })
  const joinFailed = until(() => failures > 3, { subscribe }).then(() => 'no answer is understood')
  const task = conversation.sendMessage('Hello')
  const end = await Promise.race([task.finished.then(({ status }) => status), joinFailed])
  expect(end).toBe('complete')
})

it('a Wi-Fi page in the way is a matter of the network', async () => {
  const portal = createServer((_request, response) => response.end('<html>Please accept the terms</html>'))
  await new Promise<void>((ready) => portal.listen(0, '127.0.0.1', ready))
  live.after(() => {
    portal.close()
    portal.closeAllConnections()
  })
  const { port } = portal.address() as AddressInfo
  const client = live.client(`http://127.0.0.1:${port}`, { socketOptions: { transports: ['polling'] } })
  client.connect()
  expect((await connectionIs(client, 'waiting')).error.code).toBe('network')
})
