import { describe, expect, it } from 'vitest'
import { protocolV1 } from '../../src/codec/protocol-v1.js'
import { plainCodec } from '../../src/index.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { serverKey } from '../../src/storage/server-key.js'
import { MemoryBrowser } from '../support/memory-browser.js'
import { setUp, transcript } from '../support/set-up.js'
import type { TestClientOptions } from '../support/stored-client.js'

const other = (name: string) => ({
  ...plainCodec({ events: ['x'], encode: () => null, decode: () => [] }),
  name,
})

/** Two chats of one person on one origin, the second of which differs in `options`. */
async function twoChats(options: Partial<TestClientOptions>) {
  const storage = memoryOutbox()
  const browser = new MemoryBrowser()
  const setup = setUp({ client: { identity: 'ann', storage }, responder: { words: 1 } })
  const { clock, network, makeClient } = setup
  const open = (more: Partial<TestClientOptions> = {}) => {
    const tab = browser.openTab(network.transport)
    const { tabs, page, transport } = tab
    const client = makeClient({ tabs, page, transport, ...more })
    const conversation = client.conversation('demo')
    conversation.subscribe(() => {})
    return { tab, client, conversation }
  }
  const elsewhere = open(options)
  const one = open()
  await clock.advance(100)
  network.reachable = false
  network.cut()
  return { ...setup, browser, open, elsewhere, one }
}

const differences: readonly (readonly [string, Partial<TestClientOptions>])[] = [
  ['host', { url: 'http://other.test' }],
  ['port', { url: 'http://server.test:8080' }],
  ['namespace', { url: 'http://server.test/admin' }],
  ['protocol', { url: 'https://server.test' }],
  ['path', { socketOptions: { path: '/other' } }],
  ['codec', { codec: other('old') }],
]

describe('two chats on one origin with the same identity and another', () => {
  it.each(differences)('%s never see each other’s messages', async (_what, options) => {
    const { clock, network, open, elsewhere, one } = await twoChats(options)
    one.conversation.sendMessage('Hello')
    await clock.advance(1000)
    one.tab.crash()
    const later = open(options)
    await clock.advance(1000)
    expect(elsewhere.client.getSnapshot().queued + later.client.getSnapshot().queued).toBe(0)
    expect(transcript(later.conversation.getSnapshot().messages)).toEqual([])
    network.reachable = true
    await clock.advance(20_000)
    expect(network.sent('chat:send')).toEqual([])
    const again = open()
    await clock.advance(20_000)
    expect(transcript(again.conversation.getSnapshot().messages)[0]).toBe('user: Hello (sent)')
  })

  it.each(differences)(
    '%s: a sign-out of one does not end the other, nor wipe it',
    async (_what, options) => {
      const { clock, network, elsewhere, one } = await twoChats(options)
      one.conversation.sendMessage('Hello')
      await clock.advance(1000)
      await elsewhere.client.signOut()
      await clock.advance(1000)
      network.reachable = true
      await clock.advance(20_000)
      expect(transcript(one.conversation.getSnapshot().messages)[0]).toBe('user: Hello (sent)')
    },
  )
})

describe('serverKey', () => {
  const page = 'https://app.test/deep/page?x#y'
  const key = (url: string, more: { path?: unknown } = {}) =>
    serverKey({ url, codec: protocolV1, ...more }, page)

  it.each([
    ['the host in another case', 'HTTPS://API.test', 'https://api.test'],
    ['the default port', 'https://api.test:443', 'https://api.test'],
    ['a slash at the end', 'https://api.test/', 'https://api.test'],
    ['wss: for https:', 'wss://api.test/admin', 'https://api.test/admin'],
    ['no protocol, on a page of the same', 'api.test:8443/admin', 'https://api.test:8443/admin'],
    ['no host', '/admin', 'https://app.test/admin'],
    ['no protocol but slashes', '//api.test', 'https://api.test'],
    ['a query', 'https://api.test/admin?token=secret', 'https://api.test/admin'],
    ['a name and a password', 'https://ann:secret@api.test/', 'https://api.test'],
  ])('is the same with %s', (_what, one, same) => {
    expect(key(one)).toBe(key(same))
    expect(key(one)).not.toContain('secret')
  })

  it('is the same for the default path, written out or with a slash at the end', () => {
    expect(key('/', { path: '/socket.io/' })).toBe(key('/'))
    expect(key('/', { path: 5 })).toBe(key('/'))
    expect(key('/', { path: '/other' })).not.toBe(key('/'))
  })

  it('names a codec without a name by its events, in whatever order they stand', () => {
    const named = (...events: string[]) => serverKey({ url: '/', codec: { events } }, page)
    expect(named('a', 'b')).toBe(named('b', 'a'))
    expect(named('a', 'b')).not.toBe(named('a'))
  })

  it('takes an address that is no URL as it is', () => {
    expect(key('http://[')).not.toBe(key('http://]'))
  })
})
