import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { servePages } from '../../examples/serve-pages.js'
import { en } from '../../src/errors/locales/en.js'
import { readLog } from '../faults/read-log.js'
import { startMockServer } from '../support/start-mock-server.js'
import { startTcpProxy } from '../support/tcp-proxy.js'
import type { Engine } from './support/engine.js'
import { startFirefox } from './support/firefox.js'
import { EnginePage } from './support/page.js'
import { startWebKit } from './support/webkit.js'

const engines = [
  { browser: 'Firefox', start: startFirefox },
  { browser: 'WebKit', start: startWebKit },
]
const pages = ['reactUrl', 'vanillaUrl'] as const

const texts = ['one', 'two', 'three']
const queued = texts.map((text) => `user: ${text} (queued)`)
const answered = (text: string) => [`user: ${text} (sent)`, `assistant: ${textsEn.echo(text)} (complete)`]
const whole = texts.flatMap(answered)

describe.each(engines)('in $browser', ({ start }) => {
  let engine: Engine
  const undo: (() => unknown)[] = []
  beforeAll(async () => {
    engine = await start()
  })
  afterAll(() => engine?.close())
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })

  /** A server behind a network that a test can break, and pages of an origin of their own, so with storage of their own. */
  async function setUp() {
    const server = await startMockServer({ paceMs: 30 })
    undo.push(() => server.crash())
    const network = await startTcpProxy(server.url)
    undo.push(() => network.close())
    const served = await servePages({ port: 0, bundle: inject('bundle'), serverUrl: () => network.url })
    undo.push(() => served.close())
    const [user, conversationId] = [randomUUID(), randomUUID()]
    const query = new URLSearchParams({ lang: 'en', conversation: conversationId, token: user })
    return {
      async open(page: (typeof pages)[number]) {
        const tab = await engine.open(`${served[page]}?${query}`)
        let isOpen = true
        const close = async () => {
          if (isOpen) await tab.close()
          isOpen = false
        }
        undo.push(close)
        const shown = new EnginePage(tab)
        await shown.connected()
        return Object.assign(shown, { close })
      },
      leave() {
        network.mode = 'refuse'
        network.cut()
      },
      comeBack() {
        network.mode = 'pass'
      },
      /** What the server has of the conversation. */
      received: async () => (await readLog(server.url, { user, conversationId })).messages,
    }
  }

  describe.each(pages)('on the page at %s', (page) => {
    it('an answer grows word by word, until it is whole', async () => {
      const { open } = await setUp()
      const shown = await open(page)
      const seen = await shown.recordAnswer()
      await shown.send('Hello')
      await shown.shows(answered('Hello'))
      const growing = await seen()
      expect(growing.length).toBeGreaterThan(2)
      for (const [place, text] of growing.entries())
        expect(text.startsWith(growing[place - 1] ?? '')).toBe(true)
    })

    it('three messages typed without a network are there after a reload, and leave once, in order', async () => {
      const { open, leave, comeBack } = await setUp()
      const shown = await open(page)
      leave()
      await shown.disconnected()
      for (const text of texts) await shown.send(text)
      await shown.shows(queued)
      for (const text of texts) await shown.stored(text)
      await shown.tab.reload()
      await shown.shows(queued)
      comeBack()
      await shown.shows(whole)
    })

    it('a second tab sends what a closed one left', async () => {
      const { open, leave, comeBack } = await setUp()
      const other = await open(page)
      const shown = await open(page)
      leave()
      await shown.disconnected()
      for (const text of texts) await shown.send(text)
      await shown.shows(queued)
      expect(await other.transcript()).toEqual([])
      for (const text of texts) await shown.stored(text)
      await shown.close()
      await other.shows(queued)
      comeBack()
      await other.shows(whole)
    })

    it('a message is stored although the browser has closed the database', async () => {
      const { open, leave, comeBack } = await setUp()
      const shown = await open(page)
      leave()
      await shown.disconnected()
      await shown.send('one')
      await shown.shows(queued.slice(0, 1))
      await shown.loseDatabase()
      await shown.send('two')
      await shown.send('three')
      await shown.shows(queued)
      for (const text of texts) await shown.stored(text)
      await shown.tab.reload()
      await shown.shows(queued)
      comeBack()
      await shown.shows(whole)
    })

    it('a tab sends nothing more after its person signed out in another tab', async () => {
      const { open, leave, comeBack, received } = await setUp()
      const other = await open(page)
      const shown = await open(page)
      leave()
      await other.disconnected()
      await other.send('one')
      await other.shows(queued.slice(0, 1))
      await shown.signOut()
      await other.alertsOf(en.signed_out)
      comeBack()
      await other.send('two')
      await other.alertsOf(en.signed_out)
      expect(await received()).toEqual([])
    })
  })
})
