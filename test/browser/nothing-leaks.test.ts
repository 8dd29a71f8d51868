import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, inject } from 'vitest'
import { type Demo, startDemo } from '../../examples/demo.js'
import { type Open, test } from './support/chat-test.js'
import { type DemoPage, demoPages } from './support/demo-urls.js'

let demo: Demo
let log = ''
beforeAll(async () => {
  demo = await startDemo({
    port: 0,
    bundle: inject('bundle'),
    serverArgs: ['--pace-ms', '10'],
    onServerLog: (text) => {
      log += text
    },
  })
  return () => demo.close()
})

/** What the exceptions of the fault plan say, in `faulty-responder.ts`. */
const secrets = ['60f2ccbd', 'hunter2', 'postgres', 'db.internal', '10.0.0.7', 'ECONNRESET', 'model-7']

/** Everything that reaches the page: what HTTP brings and what WebSockets push. */
function recordTraffic(page: Page, serverUrl: string) {
  const frames: string[] = []
  const bodies: Promise<string>[] = []
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => frames.push(payload.toString())),
  )
  page.on('response', (response) => {
    if (response.url().startsWith(serverUrl)) bodies.push(response.text().catch(() => ''))
  })
  return async () => [...(await Promise.all(bodies)), ...frames].join('\n')
}

/** Opens the page; also gives all that has reached it, and all places where a secret could be. */
async function openRecorded(open: Open, page: DemoPage) {
  let traffic = async () => ''
  const chat = await open(page, {
    demo,
    prepare: (context) => {
      context.on('page', (opened) => {
        traffic = recordTraffic(opened, demo.serverUrl)
      })
    },
  })
  const leaked = async () => {
    const everywhere = [await chat.page.content(), await traffic(), log].join('\n')
    return secrets.filter((secret) => everywhere.includes(secret))
  }
  return { chat, leaked, traffic: () => traffic() }
}

describe.concurrent.each(demoPages)('an exception behind the $name page', (page) => {
  test('is found in the server’s log by the reference on the screen, and its words are nowhere', async ({
    open,
  }) => {
    const { chat, leaked, traffic } = await openRecorded(open, page)
    await chat.cause('Unknown exception')
    await chat.send('Hello')
    await chat.button('Retry').waitFor()
    const reference = await chat.alert.locator('code').innerText()

    expect(await traffic()).toContain(reference)
    const lines = () => log.split('\n').filter((line) => line.includes(reference))
    await expect.poll(lines).toHaveLength(1)
    const entry: unknown = JSON.parse(lines()[0] ?? '')
    expect(entry).toMatchObject({ msg: 'task failed', error: 'Error', code: 'unknown' })
    expect(entry).toHaveProperty('stack.0', expect.stringContaining('faulty-responder'))
    expect(await leaked()).toEqual([])
  })

  test('says nothing of itself where the server tries again either', async ({ open }) => {
    const { chat, leaked } = await openRecorded(open, page)
    for (const [place, button] of ['Bare key error', 'Connection reset', 'No answer'].entries()) {
      await chat.cause(button)
      await chat.send('Hello')
      await chat.wholeAnswer(place)
    }
    expect(await leaked()).toEqual([])
  })
})
