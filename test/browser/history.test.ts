import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { ChatClient } from '../../src/index.js'
import type { Whereabouts } from './support/chat-page.js'
import { test, unhurried } from './support/chat-test.js'
import { demoPages } from './support/demo-urls.js'
import { readFromServer } from './support/server-log.js'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `question ${index + 1}`)

/** Messages that were there before the page is opened. */
async function write({ user, conversationId, serverUrl }: Whereabouts, texts: readonly string[]) {
  const client = new ChatClient({ url: serverUrl, auth: user, locale: 'en' })
  try {
    const conversation = client.conversation(conversationId)
    await Promise.all(texts.map((text) => conversation.sendMessage(text).finished))
  } finally {
    await client.close()
  }
}

/** Resolves once what the page has now was on the screen. */
const painted = (page: Page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))

describe.each(demoPages)('the $name page', (page) => {
  test.concurrent('loads older messages until all are there, each once, in order', async ({
    open,
    serve,
  }) => {
    const whereabouts = { user: 'alice', conversationId: 'long', serverUrl: await serve() }
    await write(whereabouts, numbers(60))
    const chat = await open(page, whereabouts)
    await chat.button('Load older messages').waitFor()
    expect(await chat.transcript()).toHaveLength(50)
    await chat.button('Load older messages').click()
    await chat.log.locator('.message').nth(99).waitFor({ state: 'attached' })
    await chat.button('Load older messages').click()
    // The button has another name while it loads, so only the last message tells that all are there.
    await chat.log.locator('.message').nth(119).waitFor({ state: 'attached' })
    await chat.button('Load older messages').waitFor({ state: 'hidden' })
    const shown = await chat.transcript()
    const own = shown.filter((line) => line.startsWith('user'))
    expect(own).toEqual(numbers(60).map((text) => `user: ${text} (sent)`))
    expect(shown).toHaveLength(120)
  })

  test.concurrent('keeps the message that is read where it is while older ones come', async ({
    open,
    serve,
  }) => {
    const whereabouts = { user: 'alice', conversationId: 'long', serverUrl: await serve() }
    await write(whereabouts, numbers(40))
    const chat = await open(page, whereabouts)
    await chat.button('Load older messages').scrollIntoViewIfNeeded()
    const first = chat.log.locator('.message', { hasText: 'question 16' }).first()
    const top = async () => Math.round((await first.boundingBox())?.y ?? 0)
    const before = await top()
    await chat.button('Load older messages').click()
    await chat.log.getByText('question 1', { exact: true }).waitFor({ state: 'attached' })
    await painted(chat.page)
    expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(1)
  })

  test.concurrent('that is reloaded in the middle of an answer has all of it', async ({ open, serve }) => {
    const chat = await open(page, { serverUrl: await serve(unhurried) })
    await chat.send('Show me Markdown')
    await chat.answer(0).getByRole('heading', { level: 2 }).waitFor()
    await chat.page.reload()
    const text = await chat.wholeAnswer(0)
    expect(text).toContain('Socket.IO documentation')
    expect(await chat.log.locator('.message').count()).toBe(2)
    const markdown = textsEn.markdown('Show me Markdown').trim()
    expect(await readFromServer(chat.whereabouts)).toEqual([
      'user: Show me Markdown (sent)',
      `assistant: ${markdown} (complete)`,
    ])
  })

  test.concurrent('shows in a second tab what the first one says, word for word', async ({ open }) => {
    const first = await open(page)
    const second = await open(page, { beside: first })
    await first.send('Hello')
    // Both show that it is answered, or has been by now: a short answer may be over before a busy page is looked at.
    await Promise.all([first, second].map((tab) => tab.answer(0).waitFor()))
    await second.send('And again')
    expect(await first.wholeAnswer(1)).toBe(textsEn.echo('And again'))
    expect(await second.wholeAnswer(1)).toBe(textsEn.echo('And again'))
    expect(await second.transcript()).toEqual(await first.transcript())
    expect(await first.transcript()).toEqual(await readFromServer(first.whereabouts))
  })
})
