import { describe, expect } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { en } from '../../src/errors/locales/en.js'
import { readLog } from '../faults/read-log.js'
import { loseDatabase } from '../support/lose-database.js'
import { demoPages } from './support/demo-urls.js'
import { longestTask } from './support/longest-task.js'
import { sdkOf } from './support/sdk-of.js'
import { readFromServer } from './support/server-log.js'
import { test } from './support/tunnel-test.js'

describe.each(demoPages)('on the $name page', (page) => {
  test.concurrent('a message is stored although the browser has closed the database', async ({
    open,
    network,
  }) => {
    const chat = await open(page, { breaksConnections: true, serverUrl: network.url })
    network.leave()
    await chat.page.locator('.connection:not([data-state="connected"])').waitFor()
    await chat.send('one')
    await chat.own(0).waitFor()
    await chat.page.evaluate(loseDatabase)
    await chat.send('two')
    await chat.stored('two')
    await chat.page.reload()
    await chat.own(1).waitFor()
    network.comeBack()
    expect(await chat.wholeAnswer(1)).toBe(textsEn.echo('two'))
    expect(await readFromServer({ ...chat.whereabouts, serverUrl: network.serverUrl })).toEqual(
      await chat.transcript(),
    )
  })

  test.concurrent('a tab sends nothing more after its person signed out in another tab', async ({
    open,
    network,
  }) => {
    const chat = await open(page, { breaksConnections: true, serverUrl: network.url })
    const other = await open(page, { breaksConnections: true, beside: chat })
    network.leave()
    await chat.page.locator('.connection:not([data-state="connected"])').waitFor()
    await chat.send('one')
    await chat.own(0).waitFor()
    await other.page.evaluate(
      async ({ sdk: { ChatClient, indexedDbStorage }, url, identity }) => {
        const client = new ChatClient({ url, identity, auth: identity, storage: indexedDbStorage() })
        await client.signOut()
        await client.close()
      },
      { sdk: await sdkOf(other.page), url: network.url, identity: chat.whereabouts.user },
    )
    await chat.alert.filter({ hasText: en.signed_out }).first().waitFor()
    network.comeBack()
    await chat.send('two')
    await chat.alert.filter({ hasText: en.signed_out }).first().waitFor()
    expect((await readLog(network.serverUrl, chat.whereabouts)).messages).toEqual([])
  })
})

test('850 stored messages, 51 MB of them, hold up neither the page nor a new message', async ({
  open,
  browser,
  network,
}) => {
  const { page, whereabouts } = await open(demoPages[1], { serverUrl: network.url })
  const given = { sdk: await sdkOf(page), url: network.url, identity: `${whereabouts.user}-heavy` }
  const writing = await longestTask(browser, page, () =>
    page.evaluate(async ({ sdk: { ChatClient, indexedDbStorage }, url, identity }) => {
      const storage = indexedDbStorage('heavy')
      const client = new ChatClient({ url, identity, auth: identity, storage, limits: { maxQueued: 1000 } })
      client.disconnect()
      const conversation = client.conversation('old')
      for (let n = 0; n < 850; n++) {
        conversation.sendMessage(`${n} ${'x'.repeat(60_000)}`)
        if (n % 10 === 0) await new Promise(requestAnimationFrame)
      }
      await client.close()
    }, given),
  )
  let waiting = 0
  const reading = await longestTask(browser, page, async () => {
    waiting = await page.evaluate(async ({ sdk: { ChatClient, indexedDbStorage }, url, identity }) => {
      const storage = indexedDbStorage('heavy')
      const client = new ChatClient({ url, identity, auth: identity, storage, limits: { maxQueued: 1000 } })
      const old = client.conversation('old')
      const whole = new Promise<void>((resolve) => {
        old.subscribe(() => {
          if (old.getSnapshot().messages.length >= 850) resolve()
        })
      })
      await whole
      await client.conversation('new').sendMessage('Hello').accepted
      const left = old.getSnapshot().messages.filter(({ status }) => status === 'queued').length
      await client.signOut()
      await client.close()
      return left
    }, given)
  })
  expect(Math.max(writing, reading)).toBeLessThan(200)
  // The new message did not wait for the old ones.
  expect(waiting).toBeGreaterThan(0)
})

test('80 pastes of 200 kB without a network leave no task over 200 ms', async ({
  open,
  browser,
  network,
}) => {
  const chat = await open(demoPages[0], { breaksConnections: true, serverUrl: network.url })
  network.leave()
  await chat.page.locator('.connection:not([data-state="connected"])').waitFor()
  const given = { sdk: await sdkOf(chat.page), url: network.url, identity: chat.whereabouts.user }
  const longest = await longestTask(browser, chat.page, () =>
    chat.page.evaluate(async ({ sdk: { ChatClient, indexedDbStorage }, url, identity }) => {
      const client = new ChatClient({ url, identity, storage: indexedDbStorage('pastes') })
      client.disconnect()
      const conversation = client.conversation('demo')
      conversation.subscribe(() => conversation.getSnapshot())
      for (let n = 0; n < 80; n++) {
        conversation.sendMessage(`${n} ${'x'.repeat(200_000)}`)
        await new Promise(requestAnimationFrame)
      }
      await client.close()
    }, given),
  )
  expect(longest).toBeLessThan(200)
})
