import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { test } from './support/chat-test.js'
import { demoPages } from './support/demo-urls.js'

/** How many pixels of the conversation are below the screen. */
const below = (page: Page) =>
  page.locator('.transcript').evaluate((element) => {
    const { scrollHeight, scrollTop, clientHeight } = element
    return Math.round(scrollHeight - scrollTop - clientHeight)
  })

/** In one frame something of 600 pixels goes away, and before the browser tells of the scrolling something comes. */
const shrinkAndGrow = (page: Page) =>
  page.locator('.transcript-content').evaluate(async (content) => {
    const frame = () => new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
    const block = (height: number) => {
      const element = document.createElement('div')
      element.style.cssText = `flex: none; height: ${height}px`
      content.append(element)
      return element
    }
    const tall = block(600)
    await frame()
    await frame()
    tall.remove()
    await frame()
    block(300)
    await frame()
    await frame()
  })

describe.each(demoPages)('the end of the conversation on the $name page', (page) => {
  test.concurrent('stays in sight when a notice goes and another comes, unless one scrolled up', async ({
    open,
  }) => {
    const chat = await open(page, { context: { viewport: { width: 360, height: 640 } } })
    await chat.send('Show me Markdown')
    await chat.wholeAnswer(0)
    await shrinkAndGrow(chat.page)
    expect(await below(chat.page)).toBe(0)
    expect(await chat.button('Jump to latest').count()).toBe(0)

    await chat.log.hover()
    await chat.page.mouse.wheel(0, -300)
    await chat.button('Jump to latest').waitFor()
    await shrinkAndGrow(chat.page)
    expect(await below(chat.page)).toBeGreaterThan(0)
    await chat.button('Jump to latest').click()
    await chat.button('Jump to latest').waitFor({ state: 'hidden' })
    expect(await below(chat.page)).toBe(0)
  })
})
