import { afterEach, describe, expect, it } from 'vitest'
import type { RunningServer, ServerOptions } from '../../examples/mock-server/start-server.js'
import { startMockServer } from '../support/start-mock-server.js'
import { saying, textOf, WireClient } from './connect.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(options: ServerOptions = {}): Promise<RunningServer> {
  const server = await startMockServer(options)
  cleanups.push(() => server.crash())
  return server
}

async function connect(server: RunningServer, auth?: Record<string, unknown>): Promise<WireClient> {
  const client = new WireClient(server.url, auth)
  cleanups.push(() => client.close())
  await client.connected()
  return client
}

describe('a conversation over Socket.IO', () => {
  it('answers a message with a stream of events in offset order', async () => {
    const client = await connect(await start())
    const joined = await client.request('chat:join', { conversation_id: 'c', after: null })
    expect(joined).toMatchObject({ offset: 0, snapshot: { messages: [], tasks: [], has_older: false } })

    const sent = await client.request('chat:send', {
      conversation_id: 'c',
      task_id: 't',
      input: saying('m', 'hello'),
    })
    expect(sent).toMatchObject({
      epoch: joined.epoch,
      offset: 1,
      duplicate: false,
      attempt: 1,
      state: 'queued',
    })

    await client.event(({ type }) => type === 'finish')
    expect(client.events.map(({ offset }) => offset)).toEqual(client.events.map((_, index) => index + 1))
    expect(textOf(client.events)).toContain('You wrote: “hello”.')
  })
})
