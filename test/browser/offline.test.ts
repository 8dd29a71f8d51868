import { describe, expect } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { test, unhurried } from './support/chat-test.js'
import { demoPages } from './support/demo-urls.js'
import { sdkOf } from './support/sdk-of.js'
import { readFromServer } from './support/server-log.js'
import { test as tunnelTest } from './support/tunnel-test.js'

const breaksConnections = true

describe.each(demoPages)('without a network, on the $name page', (page) => {
  test.concurrent('three messages wait, and leave once, in order, when it is back', async ({ open }) => {
    const chat = await open(page, { breaksConnections })
    await chat.page.context().setOffline(true)
    await chat.page.locator('.connection:not([data-state="connected"])').waitFor()
    for (const text of ['one', 'two', 'three']) await chat.send(text)
    expect(await chat.transcript()).toEqual([
      'user: one (queued)',
      'user: two (queued)',
      'user: three (queued)',
    ])
    await chat.page.context().setOffline(false)
    await chat.wholeAnswer(2)
    const whole = ['one', 'two', 'three'].map((text) => [
      `user: ${text} (sent)`,
      `assistant: ${textsEn.echo(text)} (complete)`,
    ])
    expect(await readFromServer(chat.whereabouts)).toEqual(whole.flat())
    expect(await chat.transcript()).toEqual(whole.flat())
  })

  test.concurrent('a message that is stopped never leaves', async ({ open }) => {
    const chat = await open(page, { breaksConnections })
    await chat.send('before')
    await chat.wholeAnswer(0)
    await chat.page.context().setOffline(true)
    await chat.page.locator('.connection:not([data-state="connected"])').waitFor()
    await chat.send('never')
    await chat.button('Stop').click()
    await chat.page.context().setOffline(false)
    await chat.connected()
    await chat.send('after')
    await chat.wholeAnswer(1)
    const read = await readFromServer(chat.whereabouts)
    expect(read.filter((line) => line.startsWith('user'))).toEqual([
      'user: before (sent)',
      'user: after (sent)',
    ])
  })

  test.concurrent('an answer that is stopped ends on the server as soon as it can be told', async ({
    open,
    serve,
  }) => {
    const chat = await open(page, { breaksConnections, serverUrl: await serve(unhurried) })
    await chat.send('Tell me a long story')
    await chat.answer(0).locator('li').first().waitFor()
    await chat.page.context().setOffline(true)
    await chat.page.locator('.connection:not([data-state="connected"])').waitFor()
    await chat.button('Stop').click()
    await chat.page.locator('.message[data-status="stopping"]').waitFor()
    await chat.page.context().setOffline(false)
    await chat.page.locator('.message[data-role="assistant"][data-status="stopped"]').waitFor()
    expect(await chat.button('Stop').count()).toBe(0)
    const read = await readFromServer(chat.whereabouts)
    expect(read.at(-1)).toMatch(/^assistant: A long answer.*\(stopped\)$/s)
  })
})

tunnelTest(
  'a page whose next attempt is an hour away tries again as soon as the browser is online',
  async ({ open, network }) => {
    const chat = await open(demoPages[1], { breaksConnections, serverUrl: network.url })
    const client = await chat.page.evaluateHandle(
      ({ sdk: { ChatClient }, url, auth }) => {
        const hour = 3_600_000
        return new ChatClient({ url, auth, reconnect: { baseDelay: hour, maxDelay: hour } })
      },
      { sdk: await sdkOf(chat.page), url: network.url, auth: chat.whereabouts.user },
    )
    /** Resolves when the client's connection has this status, now or later. */
    const becomes = (wanted: string) =>
      client.evaluate(
        ({ subscribe, getSnapshot }, wanted) =>
          new Promise<void>((resolve) => {
            const look = () => getSnapshot().connection.status === wanted && resolve()
            subscribe(look)
            look()
          }),
        wanted,
      )
    const context = chat.page.context()
    await client.evaluate((made) => made.connect())
    await becomes('connected')
    network.leave()
    await becomes('waiting')
    await context.setOffline(true)
    await becomes('offline')
    // The attempt itself may fail: a browser is online a moment before its network is.
    const triesAgain = becomes('connecting')
    await context.setOffline(false)
    await triesAgain
  },
)
