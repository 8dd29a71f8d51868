import { describe, expect, it, vi } from 'vitest'
import { MemoryBrowser } from '../support/memory-browser.js'
import { plainServer } from '../support/plain-server.js'
import { outcome, setUp, transcript } from '../support/set-up.js'

/** Two tabs of one person who has an identity and no storage. */
function twoTabs() {
  const setup = setUp({ client: { identity: 'ann' }, responder: { words: 1 } })
  const browser = new MemoryBrowser()
  const open = () => {
    const { page, transport } = browser.openTab(setup.network.transport)
    const client = setup.makeClient({ page, transport })
    const conversation = client.conversation('demo')
    conversation.subscribe(() => {})
    return { client, conversation }
  }
  return { ...setup, one: open(), two: open() }
}

describe('a client with an identity and without a storage', () => {
  it('sends, and opens no channel to other tabs', async () => {
    const opened: string[] = []
    const channel = (name: string) => {
      opened.push(name)
      return { close() {}, postMessage() {} }
    }
    vi.stubGlobal('BroadcastChannel', channel)
    const { clock, one, two } = twoTabs()
    const { finished } = one.conversation.sendMessage('Hello')
    await clock.advance(5000)
    expect(await outcome(finished)).toBe('resolved')
    expect(transcript(two.conversation.getSnapshot().messages)).toHaveLength(2)
    await Promise.all([one.client.signOut(), two.client.close()])
    expect(opened).toEqual([])
  })

  it('leaves nothing of an unsent message to the next page', async () => {
    const { clock, client, conversation, makeClient, network } = setUp({ client: { identity: 'ann' } })
    network.reachable = false
    const { finished } = conversation.sendMessage('Hello')
    await clock.advance(1000)
    await client.close()
    expect(await outcome(finished)).toBe('closed')
    network.reachable = true
    const next = makeClient().conversation('demo')
    next.subscribe(() => {})
    await clock.advance(10_000)
    expect(next.getSnapshot().messages).toEqual([])
    expect(network.sent('chat:send')).toEqual([])
  })

  it('signs out alone: another tab goes on', async () => {
    const { clock, network, one, two, responder } = twoTabs()
    await clock.advance(100)
    network.reachable = false
    network.cut()
    const waiting = two.conversation.sendMessage('waiting')
    await clock.advance(1000)
    await one.client.signOut()
    expect(await outcome(one.conversation.sendMessage('Hello').accepted)).toBe('closed')
    network.reachable = true
    await clock.advance(30_000)
    expect(await outcome(waiting.finished)).toBe('resolved')
    expect(responder.asked).toEqual(['waiting'])
    expect(two.conversation.getSnapshot().error).toBeNull()
  })

  it('begins anew after a sign-out with connect()', async () => {
    const { clock, one, responder } = twoTabs()
    await one.client.signOut()
    one.client.connect()
    one.client.conversation('demo').sendMessage('again')
    await clock.advance(5000)
    expect(responder.asked).toEqual(['again'])
  })
})

describe('with plainCodec and an identity, and without a storage, a message', () => {
  it.each([0, 1, 5, 10, 20])(
    'is sent at most once if its page is closed after %i ms, and the next page knows nothing of the message',
    async (ms) => {
      const { asked, clock, open } = plainServer()
      const one = open({ identity: 'ann' })
      await clock.advance(100)
      one.conversation.sendMessage('Pay 100 euro')
      await clock.advance(ms)
      await one.client.close()
      const sent = asked().length
      const next = open({ identity: 'ann' })
      await clock.advance(10_000)
      expect(sent).toBeLessThanOrEqual(1)
      expect(asked()).toHaveLength(sent)
      expect(next.conversation.getSnapshot().messages).toEqual([])
    },
  )

  it('that waits while its page is put away is sent once, when the page is back', async () => {
    const server = plainServer()
    const tab = new MemoryBrowser().openTab(server.transport)
    const { page, transport } = tab
    const { client, conversation } = server.open({ identity: 'ann', page, transport })
    client.disconnect()
    conversation.sendMessage('Pay 100 euro')
    tab.freeze()
    await server.clock.advance(10_000)
    tab.thaw()
    client.connect()
    await server.clock.advance(10_000)
    expect(server.asked()).toHaveLength(1)
  })
})
