import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { launchChromium } from '../../support/chromium.js'
import { type ServedPage, servePage } from '../../support/serve-page.js'
import type { ConcurrentPage } from '../concurrent-page/main.js'

type Scenarios = ConcurrentPage['scenarios']
type ConcurrentWindow = Window & { concurrent: ConcurrentPage }

/** How a page can read the streamed answer. */
export const readings = ['useChat', 'useMessage', 'useConversation'] as const

/** The page of `concurrent-page`, built as for production on this React, for the tests of a `describe`. A page that reports an error fails them. */
export function concurrentPage(major: number) {
  let served: ServedPage
  let browser: Browser
  let page: Page
  const failures: string[] = []

  beforeAll(async () => {
    ;[served, browser] = await Promise.all([
      servePage(new URL('../concurrent-page/', import.meta.url), { react: major }),
      launchChromium(),
    ])
    page = await browser.newPage()
    page.on('pageerror', (error) => failures.push(error.message))
    page.on('console', (message) => message.type() === 'error' && failures.push(message.text()))
    await page.goto(served.url)
    await page.waitForFunction(() => 'concurrent' in window)
  }, 120_000)

  afterAll(async () => {
    await browser.close()
    await served.close()
    expect(failures).toEqual([])
  })

  return {
    /** Plays a scenario in the page. */
    async play<Name extends keyof Scenarios>(
      name: Name,
      ...args: Parameters<Scenarios[Name]>
    ): Promise<Awaited<ReturnType<Scenarios[Name]>>> {
      return (await page.evaluate(
        ([scenario, given]) =>
          (
            (window as unknown as ConcurrentWindow).concurrent.scenarios[scenario] as (
              ..._: unknown[]
            ) => unknown
          )(...given),
        [name, args] as const,
      )) as Awaited<ReturnType<Scenarios[Name]>>
    },
    /** The version of the React that the page has. */
    reactVersion: () => page.evaluate(() => (window as unknown as ConcurrentWindow).concurrent.reactVersion),
  }
}
