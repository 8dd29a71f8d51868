import { describe, expect } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { test, unhurried } from './support/chat-test.js'
import { lowContrasts } from './support/contrast.js'
import { demoPages } from './support/demo-urls.js'
import { focused, tabTo } from './support/focus.js'
import { planFault } from './support/server-log.js'

const fadeless = { reducedMotion: 'reduce' } as const

describe.each(demoPages)('the $name page', (page) => {
  test.concurrent('has roles and names for whoever hears it', async ({ open }) => {
    const chat = await open(page)
    const { page: tab } = chat
    await tab.getByRole('banner').getByRole('heading', { level: 1, name: 'reconvene' }).waitFor()
    await tab.getByRole('main').getByRole('log', { name: 'Conversation' }).waitFor()
    await tab.getByRole('complementary', { name: 'What goes on' }).waitFor()
    await tab.getByRole('group', { name: 'Language' }).waitFor()
    await tab.getByRole('button', { name: 'English', pressed: true }).waitFor()
    await tab.getByRole('textbox', { name: 'Message', exact: true }).waitFor()
    await tab.getByRole('button', { name: 'Send', disabled: true, exact: true }).waitFor()
    expect(await tab.getByRole('status').first().innerText()).toBe('Connected')

    await planFault(chat.whereabouts, { kind: 'unknown', times: 3 })
    await chat.send('Hello')
    await tab.getByRole('button', { name: 'Stop', exact: true }).waitFor()
    await tab.getByRole('alert').waitFor()
    await tab.getByRole('button', { name: 'Retry', exact: true }).click()
    await chat.wholeAnswer(0)
    expect(await tab.getByRole('article').count()).toBe(2)
    expect(await tab.getByRole('heading', { level: 3 }).allInnerTexts()).toEqual(['You', 'Assistant'])
  })

  test.concurrent('says once what it waits for, without the countdown', async ({ open }) => {
    const chat = await open(page)
    await planFault(chat.whereabouts, { kind: 'rate_limit', retry_after_ms: 600_000 })
    const said = await chat.recordTexts('.page > output')
    await chat.send('Hello')
    await chat.button('Retry now').click()
    await chat.wholeAnswer(0)
    expect((await said()).filter((text) => /Attempt|again/.test(text))).toEqual([
      'Waiting to try again, Attempt 1 of 3',
    ])
  })

  test.concurrent('is used by keyboard alone, and the focus is always seen and never lost', async ({
    open,
    serve,
  }) => {
    const chat = await open(page, { serverUrl: await serve(unhurried) })
    const { keyboard } = chat.page
    const inBox = { name: 'Message', visible: true }
    const press = async (target: Parameters<typeof tabTo>[1], key: 'Tab' | 'Shift+Tab' = 'Shift+Tab') => {
      await tabTo(chat.page, target, key)
      expect(await focused(chat.page)).toMatchObject({ visible: true })
      await keyboard.press('Enter')
    }

    await tabTo(chat.page, chat.box)
    await keyboard.type('Tell me a long story')
    await keyboard.press('Enter')
    expect(await focused(chat.page)).toEqual(inBox)
    // A stop before the answer begins leaves no answer to look at.
    await chat.page.getByRole('log').locator('.message[data-role="assistant"]').first().waitFor()
    await press(chat.button('Stop'), 'Tab')
    await chat.wholeAnswer(0)
    await chat.button('Stop').waitFor({ state: 'hidden' })
    expect(await focused(chat.page)).toEqual(inBox)

    await press(chat.button('Edit'))
    expect(await focused(chat.page)).toEqual({ name: 'Edit message', visible: true })
    await keyboard.press('Escape')
    expect(await focused(chat.page)).toEqual(inBox)

    await press(chat.button('Edit'))
    await keyboard.press('Control+A')
    await keyboard.type('Please ask me to approve it')
    await keyboard.press('Enter')
    await press(chat.button('Approve'))
    await chat.page.getByText(textsEn.approved).waitFor()
    expect(await focused(chat.page)).toEqual(inBox)

    await planFault(chat.whereabouts, { kind: 'rate_limit', retry_after_ms: 600_000 })
    await keyboard.type('Hello')
    await press(chat.button('Send'), 'Tab')
    expect(await focused(chat.page)).toEqual(inBox)
    await press(chat.button('Retry now'))
    await chat.wait.waitFor({ state: 'detached' })
    expect(await focused(chat.page)).toEqual(inBox)
    await chat.answer(2).getByRole('button', { name: 'Regenerate' }).waitFor()
  })

  test.concurrent('never scrolls sideways on a screen of 360 pixels', async ({ open }) => {
    const chat = await open(page, { context: { viewport: { width: 360, height: 740 } } })
    const tooWide = () => chat.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(await tooWide()).toBe(0)
    await chat.send(`Show me Markdown, a table and ${'aVeryLongWordWithoutAnySpace'.repeat(5)}`)
    await chat.wholeAnswer(0)
    expect(await tooWide()).toBe(0)
    await planFault(chat.whereabouts, { kind: 'rate_limit', retry_after_ms: 600_000 })
    await chat.send('Hello')
    await chat.wait.waitFor()
    expect(await tooWide()).toBe(0)
    await chat.button('Show faults and timeline').click()
    await chat.button('Restart server').waitFor()
    expect(await tooWide()).toBe(0)
  })

  test.concurrent('leaves room for the conversation and the text on a small screen', async ({ open }) => {
    const chat = await open(page, { context: { viewport: { width: 360, height: 740 } } })
    const sizeOf = async (selector: string) => {
      const { width = 0, height = 0 } = (await chat.page.locator(selector).boundingBox()) ?? {}
      return { width, height }
    }
    await planFault(chat.whereabouts, { kind: 'rate_limit', retry_after_ms: 600_000 })
    await chat.send('Hello')
    await chat.wait.waitFor()
    expect((await sizeOf('.composer textarea')).width).toBeGreaterThan(200)
    await chat.box.fill('And this')
    await chat.button('Stop').waitFor()
    await chat.button('Send').waitFor()
    expect((await sizeOf('.composer textarea')).width).toBeGreaterThan(280)
    await chat.box.fill('')
    await chat.button('Show faults and timeline').click()
    expect((await sizeOf('.transcript')).height).toBeGreaterThan(740 / 3)
    // What is left of a wide screen at 200 %.
    await chat.page.setViewportSize({ width: 640, height: 400 })
    expect((await sizeOf('.transcript')).height).toBeGreaterThan(100)
    await chat.button('Restart server').scrollIntoViewIfNeeded()
    expect((await sizeOf('.panel-content')).height).toBeGreaterThan(100)
  })

  test.concurrent('writes larger for whoever set larger letters', async ({ open }) => {
    const chat = await open(page)
    await chat.page.evaluate(() => {
      document.documentElement.style.fontSize = '200%'
    })
    const sizes = await chat.page
      .locator('.composer textarea, .composer button:visible, .empty h2, .empty li button')
      .evaluateAll((elements) =>
        elements.map((element) => Number.parseFloat(getComputedStyle(element).fontSize)),
      )
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(32)
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test.concurrent(`is readable in ${colorScheme} colours`, async ({ open }) => {
      const chat = await open(page, { context: { ...fadeless, colorScheme } })
      const background = () => chat.page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      expect(await background()).toBe(colorScheme === 'dark' ? 'rgb(20, 23, 26)' : 'rgb(246, 245, 242)')
      expect(await lowContrasts(chat.page)).toEqual([])
      await chat.send('Show me Markdown')
      await chat.wholeAnswer(0)
      await chat.send('Please ask me to approve it')
      await chat.button('Approve').waitFor()
      await planFault(chat.whereabouts, { kind: 'validation' })
      await chat.send('refused')
      await chat.alert.waitFor()
      await planFault(chat.whereabouts, { kind: 'rate_limit', retry_after_ms: 600_000 })
      await chat.send('waits')
      await chat.wait.waitFor()
      expect(await lowContrasts(chat.page)).toEqual([])
    })
  }

  test.concurrent('moves nothing for whoever asked for less motion', async ({ open }) => {
    const animated: number[] = []
    for (const reducedMotion of ['no-preference', 'reduce'] as const) {
      const chat = await open(page, { context: { reducedMotion } })
      await chat.send('Tell me a long story')
      await chat.answer(0).locator('li').first().waitFor()
      animated.push(await chat.page.evaluate(() => document.getAnimations().length))
    }
    expect(animated[0]).toBeGreaterThan(0)
    expect(animated[1]).toBe(0)
  })
})
