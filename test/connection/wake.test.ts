// @vitest-environment jsdom
import { expect, it, vi } from 'vitest'
import { UnauthorizedError } from '../../src/index.js'
import { scripted } from '../conversation/scripted-server.js'

it('a browser that is online again skips the wait for the next attempt', async () => {
  const { clock, client, cut, handshakes } = scripted({}, { reconnect: { baseDelay: 5000, jitter: 'none' } })
  client.connect()
  await clock.advance(100)
  cut()
  await clock.advance(100)
  window.dispatchEvent(new Event('online'))
  await clock.advance(100)
  expect(handshakes()).toBe(2)
  await client.close()
})

it('a tab that is shown again asks what was missed, and whether the connection is alive', async () => {
  const { clock, client, conversation, asked } = scripted()
  conversation.subscribe(() => {})
  await clock.advance(100)
  document.dispatchEvent(new Event('visibilitychange'))
  await clock.advance(100)
  expect(asked('chat:join')).toHaveLength(2)
  await client.close()
})

it('neither begins anew what has failed for good', async () => {
  let asked = 0
  const { clock, client, conversation } = scripted(
    {},
    {
      auth: () => {
        asked++
        throw new UnauthorizedError()
      },
    },
  )
  conversation.subscribe(() => {})
  await clock.advance(100)
  window.dispatchEvent(new Event('online'))
  document.dispatchEvent(new Event('visibilitychange'))
  await clock.advance(60_000)
  expect(asked).toBe(1)
  expect(client.getSnapshot().connection.status).toBe('failed')
  await client.close()
})

it('a client that is closed listens to nothing, even if it is told to connect', async () => {
  const added = vi.spyOn(window, 'addEventListener')
  const { client } = scripted()
  await client.close()
  client.connect()
  expect(added).not.toHaveBeenCalled()
})
