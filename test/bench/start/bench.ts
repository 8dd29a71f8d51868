import type { Browser, Page } from 'playwright-core'
import { ChatClient } from '../../../src/index.js'
import { startServerProcess } from '../../faults/server-process.js'
import { median } from '../../performance/measure.js'
import { launchChromium } from '../../support/chromium.js'
import { servePage } from '../../support/serve-page.js'
import type { Bench } from '../bench.js'
import type { Place } from './page/app.js'
import type { StartBench } from './page/main.js'

const questions = 15
const objects = 1000

const about = `Production builds in a real Chromium, the example server in a process of its own, over WebSocket. *First messages*: React is loaded; from the import of the app's
module until the ${2 * questions} messages of the first join are painted. The objects are made without a network: a client is constructed
${objects.toLocaleString('en')} times; ${objects.toLocaleString('en')} conversations of one client are opened, looked at and dropped, and what the heap holds more than before is read after a collection.`

type BenchWindow = Window & { bench: StartBench }

async function withPage<T>(browser: Browser, url: string, use: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(url)
    await page.waitForFunction(() => 'bench' in window)
    return await use(page)
  } finally {
    await context.close()
  }
}

async function write(place: Place): Promise<void> {
  const socketOptions = { transports: ['websocket'] }
  const client = new ChatClient({ url: place.url, auth: place.user, socketOptions })
  const conversation = client.conversation(place.conversationId)
  for (let index = 0; index < questions; index++) await conversation.sendMessage(`Question ${index}`).finished
  await client.close()
}

async function heapAfter(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.collectGarbage')
  return (await session.send('Runtime.getHeapUsage')).usedSize
}

/** How soon there is something to see, and what the objects cost. */
export const startBench: Bench = async ({ runs, progress }) => {
  const page = await servePage(new URL('./page/', import.meta.url))
  const server = await startServerProcess({ words: 20, paceMs: 0 })
  const browser = await launchChromium()
  try {
    const place = { url: server.url, user: 'alice', conversationId: 'start' }
    await write(place)
    const names = ['reconvene', 'bare-socket'] as const
    const first = new Map<string, number[]>(names.map((name) => [name, []]))
    const construct: number[] = []
    const open: number[] = []
    const left: number[] = []
    for (let run = 0; run < runs; run++) {
      progress(`run ${run + 1} of ${runs}`)
      for (const name of names) {
        const took = await withPage(browser, page.url, (tab) =>
          tab.evaluate(
            ([n, p, count]) => (window as unknown as BenchWindow).bench.firstMessages(n, p, count),
            [name, place, 2 * questions] as const,
          ),
        )
        first.get(name)?.push(took)
      }
      await withPage(browser, page.url, async (tab) => {
        const call = (method: 'construct' | 'conversations') =>
          tab.evaluate(([name, times]) => (window as unknown as BenchWindow).bench[name](times), [
            method,
            objects,
          ] as const)
        construct.push(await call('construct'))
        // The first time warms up, and leaves what is compiled.
        await call('conversations')
        const before = await heapAfter(tab)
        open.push(await call('conversations'))
        left.push((await heapAfter(tab)) - before)
      })
    }
    const ms = (name: string) => `${median(first.get(name) ?? []).toFixed(0)} ms`
    const rows = [
      ['first messages painted, reconvene', ms('reconvene')],
      ['first messages painted, bare socket.io-client with `useState`', ms('bare-socket')],
      ['a client constructed', `${median(construct).toFixed(1)} µs`],
      ['a conversation opened, looked at and dropped', `${median(open).toFixed(1)} µs`],
      [`heap left by ${objects.toLocaleString('en')} of them`, `${(median(left) / 1000).toFixed(1)} kB`],
    ]
    const tables = [{ caption: 'Medians', columns: ['what', 'figure'], rows }]
    return { title: 'Start', about, tables, figures: [] }
  } finally {
    await browser.close()
    await server.close()
    await page.close()
  }
}
