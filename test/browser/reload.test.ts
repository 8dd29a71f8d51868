import { describe, expect } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import type { Open, OpenOptions } from './support/chat-test.js'
import { type DemoPage, demoPages } from './support/demo-urls.js'
import { sdkOf } from './support/sdk-of.js'
import { readFromServer } from './support/server-log.js'
import { test } from './support/tunnel-test.js'

const texts = ['one', 'two', 'three']
const whole = texts.flatMap((text) => [`user: ${text} (sent)`, `assistant: ${textsEn.echo(text)} (complete)`])
const queued = texts.map((text) => `user: ${text} (queued)`)

async function typeInTheTunnel(open: Open, page: DemoPage, network: { url: string; leave(): void }) {
  const options: OpenOptions = { breaksConnections: true, serverUrl: network.url }
  const chat = await open(page, options)
  network.leave()
  await chat.page.locator('.connection:not([data-state="connected"])').waitFor()
  for (const text of texts) await chat.send(text)
  expect(await chat.transcript()).toEqual(queued)
  for (const text of texts) await chat.stored(text)
  return chat
}

describe.each(demoPages)('three messages typed without a network, on the $name page', (page) => {
  test.concurrent('are there after a reload, and leave once, in order, when it is back', async ({
    open,
    network,
  }) => {
    const chat = await typeInTheTunnel(open, page, network)
    await chat.page.reload()
    await chat.own(2).waitFor()
    expect(await chat.transcript()).toEqual(queued)
    network.comeBack()
    await chat.wholeAnswer(2)
    expect(await chat.transcript()).toEqual(whole)
    expect(await readFromServer({ ...chat.whereabouts, serverUrl: network.serverUrl })).toEqual(whole)
  })

  test.concurrent('are sent by another tab when theirs is closed', async ({ open, network }) => {
    const other = await open(page, { breaksConnections: true, serverUrl: network.url })
    const chat = await typeInTheTunnel(
      (demoPage, options) => open(demoPage, { ...options, beside: other }),
      page,
      network,
    )
    expect(await other.transcript()).toEqual([])
    await chat.page.close()
    await other.own(2).waitFor()
    network.comeBack()
    await other.wholeAnswer(2)
    expect(await other.transcript()).toEqual(whole)
    expect(await readFromServer({ ...other.whereabouts, serverUrl: network.serverUrl })).toEqual(whole)
  })
})

describe.each(demoPages)('the $name page without a network', (page) => {
  test.concurrent('says that the conversation is being fetched, and not that it is empty, until it is known', async ({
    open,
    network,
  }) => {
    const chat = await open(page, { breaksConnections: true, serverUrl: network.url })
    const loading = chat.page.getByText('The conversation is being fetched.')
    const empty = chat.page.getByRole('heading', { name: 'Try to break it' })
    await empty.waitFor()
    network.leave()
    await chat.page.reload()
    await loading.waitFor()
    expect(await empty.isVisible()).toBe(false)
    network.comeBack()
    await empty.waitFor()
    expect(await loading.isVisible()).toBe(false)
  })
})

test('a client that is closed leaves no lock and no open database', async ({ open }) => {
  const chat = await open(demoPages[1])
  const sdk = await sdkOf(chat.page)
  const left = await chat.page.evaluate(async ({ ChatClient, indexedDbStorage }) => {
    const client = new ChatClient({
      url: location.origin,
      identity: 'ann',
      storage: indexedDbStorage('closing'),
    })
    client.disconnect()
    const { finished } = client.conversation('demo').sendMessage('Hello')
    const isHeld = async () => {
      const { held = [], pending = [] } = await navigator.locks.query()
      return [...held, ...pending].some(({ name }) => name?.includes('"ann"'))
    }
    const isStored = async () => {
      const { adapter: reader } = indexedDbStorage('closing')
      const { queues } = await reader.overview({
        identity: 'ann',
        server: JSON.stringify([location.origin, '/', '/socket.io', 'v1']),
      })
      await reader.close?.()
      return queues.length > 0
    }
    const before = { isHeld: await isHeld(), isStored: await isStored() }
    await client.close()
    const ended = await finished.catch(({ code }) => code)
    // A deletion waits for whoever has the database open.
    const deletion = indexedDB.deleteDatabase('closing')
    const wasFree = new Promise((resolve) => {
      deletion.onsuccess = () => resolve(true)
      deletion.onblocked = () => resolve(false)
    })
    return { before, ended, isHeld: await isHeld(), wasFree: await wasFree }
  }, sdk)
  expect(left).toEqual({
    before: { isHeld: true, isStored: true },
    ended: 'closed',
    isHeld: false,
    wasFree: true,
  })
})
