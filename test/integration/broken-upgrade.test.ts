import { expect, it } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { messageText } from '../../src/index.js'
import { connectionIs, liveChat } from '../support/live-chat.js'

const live = liveChat()

it('a WebSocket that is lost as it takes the place of polling is noticed at once, and not after 45 s', async () => {
  const server = await live.serve()
  let broken = 0
  const proxy = await live.proxy(server.url, {
    // `3probe` is the server's word that the WebSocket works; the first one to say so ends with it.
    breakpoint: () => (chunk) =>
      broken === 0 && chunk.includes('3probe') ? chunk.length * ++broken : undefined,
  })
  const client = live.client(proxy.url, { socketOptions: {} })
  client.connect()
  await connectionIs(client, 'connected')
  await connectionIs(client, 'waiting')
  const answer = await client.conversation('demo').sendMessage('Hello').finished
  expect(messageText(answer)).toBe(textsEn.echo('Hello'))
  expect(broken).toBe(1)
})
