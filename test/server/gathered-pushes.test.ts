import { describe, expect, it } from 'vitest'
import type { ChatEvent } from '../../src/protocol/events.js'
import type { ChatServerOptions } from '../../src/server/index.js'
import type { WireClient } from '../support/wire-client.js'
import { byToken, liveServers, oneWord } from './live-server.js'
import { recordingLogger } from './store/recording-logger.js'

const serve = liveServers()

/** What each packet of a client holds: conversation and offset of its events. */
function packetsOf(client: WireClient): string[] {
  const packets: string[] = []
  client.socket.on('chat:event', (pushed: ChatEvent | ChatEvent[]) => {
    const events = Array.isArray(pushed) ? pushed : [pushed]
    packets.push(events.map(({ conversation_id, offset }) => `${conversation_id}${offset}`).join(' '))
  })
  return packets
}

const join = (client: WireClient, ...conversations: readonly string[]) =>
  Promise.all(
    conversations.map((conversation_id) => client.request('chat:join', { conversation_id, after: null })),
  )

async function team(options: Partial<ChatServerOptions> = {}) {
  const { chat, connect, io } = await serve({
    authenticate: byToken,
    access: () => 'team',
    respond: oneWord,
    ...options,
  })
  const post = (conversationId: string) =>
    chat.post({
      scope: 'team',
      conversationId,
      message: { role: 'assistant', parts: [{ type: 'text', text: 'news' }] },
    })
  // The conversations are there, and held by this node.
  await Promise.all(['a', 'b', 'c'].map(post))
  return { chat, connect, io, post }
}

describe('the events of one turn of the event loop', () => {
  it('reach a connection in one packet, whatever conversations they are of', async () => {
    const { connect, post } = await team()
    const [both, one, none] = [await connect('both'), await connect('one'), await connect('none')]
    await join(both, 'a', 'b')
    await join(one, 'a')
    const [ofBoth, ofOne, ofNone] = [both, one, none].map(packetsOf)
    await Promise.all(['a', 'b', 'c'].map(post))
    await expect.poll(() => ofBoth).toEqual(['a2 b2'])
    await expect.poll(() => ofOne).toEqual(['a2'])
    await post('a')
    await expect.poll(() => ofBoth).toEqual(['a2 b2', 'a3'])
    expect(ofNone).toEqual([])
  })

  it('do not reach a connection that has left the conversation', async () => {
    const { connect, post } = await team()
    const client = await connect('ann')
    await join(client, 'a', 'b')
    const packets = packetsOf(client)
    await client.request('chat:leave', { conversation_id: 'b' })
    await Promise.all(['a', 'b'].map(post))
    await expect.poll(() => packets).toEqual(['a2'])
  })

  it('are not overtaken by a broadcast that the app sends once they are stored', async () => {
    const { chat, connect, post } = await team()
    const client = await connect('ann')
    await join(client, 'a')
    const heard: string[] = []
    client.socket.onAny((event: string) => heard.push(event))
    await post('a')
    chat.broadcast({ scope: 'team', conversationId: 'a', name: 'posted', value: true })
    await expect.poll(() => heard).toEqual(['chat:event', 'chat:broadcast'])
  })

  it('reach a connection also if a listener of the app throws as those of another leave, and the other comes back for them', async () => {
    const logger = recordingLogger()
    const { chat, connect, io, post } = await team({ logger })
    const [heedless] = [await connect('bob'), await connect('carl')]
    for (const socket of io.sockets.sockets.values())
      socket.onAnyOutgoing((event) => {
        throw new RangeError(`the app's own mistake about ${event}`)
      })
    const client = await connect('ann')
    await join(heedless, 'a')
    await join(client, 'b')
    const packets = packetsOf(client)
    const heard: string[] = []
    client.socket.onAny((event: string) => heard.push(event))
    const gone = heedless.disconnected()
    await Promise.all(['a', 'b'].map(post))
    await expect.poll(() => packets).toEqual(['b2'])
    expect(await gone).toMatch(/transport/)
    expect(logger.lines).toContainEqual([
      'error',
      'a push has failed',
      expect.objectContaining({ error: 'RangeError' }),
    ])
    expect(JSON.stringify(logger.lines)).not.toContain('mistake')
    const left = client.disconnected()
    await chat.close({ drainMs: 0 })
    await left
    expect(heard).toContain('chat:closing')
  })

  it('leave before the server closes its connections', async () => {
    const { chat, connect, post } = await team()
    const client = await connect('ann')
    await join(client, 'a')
    const packets = packetsOf(client)
    const gone = client.disconnected()
    await post('a')
    await chat.close({ drainMs: 0 })
    await gone
    expect(packets).toEqual(['a2'])
  })
})
