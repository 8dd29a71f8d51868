import { get, request } from 'node:http'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, inject } from 'vitest'
import { type ClusterDemo, startClusterDemo } from '../../examples/cluster-demo.js'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { ChatPage } from './support/chat-page.js'
import { test } from './support/chat-test.js'

// Each strike harms the servers of all, so these tests have a cluster of their own and run one after the other.
let demo: ClusterDemo
beforeAll(async () => {
  demo = await startClusterDemo({ port: 0, bundle: inject('bundle'), leaseMs: 1500, paceMs: 10 })
  return () => demo.close()
})

const question = 'Write a long answer about rivers'
const paragraphs = Array.from({ length: 12 }, (_, index) => textsEn.longParagraph(index + 1))
const longAnswer = [textsEn.longIntro(question), ...paragraphs].join('')
/** The page shows the paragraphs' numbers as those of a list. */
const wordsOf = (text: string) =>
  text
    .replaceAll(/^\d+\./gm, '')
    .split(/\s+/)
    .filter(Boolean)

const openPage = async (page: Page) => {
  const conversationId = crypto.randomUUID()
  await page.goto(`${demo.url}?lang=en&conversation=${conversationId}`)
  const chat = new ChatPage(page, { user: 'guest', conversationId, serverUrl: demo.serverUrl })
  await chat.connected()
  return chat
}

const results = (page: Page) => page.locator('.strikes li').first()

describe('the page of the cluster', () => {
  test.for([
    {
      name: 'Kill the node that answers',
      cost: /^Node killed: cut off and said so after (.+) s, whole after (.+) s$/,
    },
    {
      name: 'Pause it past its lease',
      cost: /^Node paused: cut off and said so after (.+) s, whole after (.+) s$/,
    },
    {
      name: 'Restart Redis',
      cost: /^Redis restarted: (?:cut off and said so after (.+) s, )?whole after (.+) s$/,
    },
  ])('has one whole answer, each word once, after “$name”', async ({ name, cost }, { browser }) => {
    await demo.cluster.untilUp()
    const context = await browser.newContext()
    const page = await context.newPage()
    const chat = await openPage(page)
    await chat.button(name).click()
    await page.locator('.servers li[data-answers]').waitFor()
    await page.getByText(cost).first().waitFor()
    expect(wordsOf(await chat.wholeAnswer(0))).toEqual(wordsOf(longAnswer))
    expect(await chat.log.locator('.message').count()).toBe(2)
    expect(await chat.alert.count()).toBe(0)
    const [, cutOff, whole] = cost.exec(await results(page).innerText()) ?? []
    expect(Number(whole)).toBeGreaterThan(Number(cutOff ?? 0))
    await context.close()
  })

  test('shows which node writes, and the node that was killed as it starts again', async ({ browser }) => {
    await demo.cluster.untilUp()
    const context = await browser.newContext()
    const page = await context.newPage()
    const chat = await openPage(page)
    await chat.send(question)
    const writes = page.locator('.servers li', { hasText: 'writes the answer' })
    const node = (await writes.innerText()).split('\n')[0] ?? ''
    expect(node).toMatch(/^Node [ABC]$/)
    await chat.button('Kill the node that answers').click()
    const killed = page.locator('.servers li', { hasText: node })
    await killed.getByText(/^(down|starts)$/).waitFor()
    await killed.getByText('runs').waitFor()
    await chat.wholeAnswer(0)
    await context.close()
  })
})

/** @returns the status of the answer */
const ask = (path: string, method: string, headers: Record<string, string>) =>
  new Promise<number | undefined>((resolve, reject) => {
    const send = method === 'GET' ? get : request
    const asked = send(new URL(path, demo.url), { method, headers }, (response) => {
      response.destroy()
      resolve(response.statusCode)
    })
    asked.once('error', reject)
    asked.end()
  })

test('a page of another origin, or under another name of this machine, can neither watch nor harm the cluster', async () => {
  const { host, origin } = new URL(demo.url)
  expect(await ask('/cluster/state', 'GET', { host })).toBe(200)
  expect(await ask('/cluster/state', 'GET', { host, origin: 'https://elsewhere.example' })).toBe(403)
  expect(await ask('/cluster/state', 'GET', { host: 'rebound.example' })).toBe(403)
  expect(await ask('/cluster/kill', 'POST', { host })).toBe(403)
  expect(await ask('/cluster/kill', 'POST', { host, origin: 'null' })).toBe(403)
  expect(await ask('/cluster/kill', 'POST', { host, origin: 'https://elsewhere.example' })).toBe(403)
  expect(await ask('/cluster/nothing', 'POST', { host, origin })).toBe(404)
})
