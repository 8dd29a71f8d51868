import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../support/chromium.js'
import { type ServedPage, servePage } from '../support/serve-page.js'
import type { ConcurrentPage } from './concurrent-page/main.js'

type Scenarios = ConcurrentPage['scenarios']
type ConcurrentWindow = Window & { concurrent: ConcurrentPage }

const readings = ['useChat', 'useMessage', 'useConversation'] as const
const frame = 1000 / 60

describe.each([19, 18])('React %i, built as for production, while an answer streams', (major) => {
  let served: ServedPage
  let browser: Browser
  let page: Page
  const failures: string[] = []

  beforeAll(async () => {
    ;[served, browser] = await Promise.all([
      servePage(new URL('./concurrent-page/', import.meta.url), { react: major }),
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

  /** Plays a scenario in the page. */
  async function play<Name extends keyof Scenarios>(
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
  }

  /**
   * The least of up to five measurements, because the time that other programs of this machine take is not React's. A measurement
   * of at most `enough` is the last.
   */
  async function least(measure: () => Promise<number>, enough: number): Promise<number> {
    let smallest = Number.POSITIVE_INFINITY
    for (let count = 0; count < 5 && smallest > enough; count++)
      smallest = Math.min(smallest, await measure())
    return smallest
  }

  /**
   * Checks that a stream adds at most 30 % and two frames to a navigation. `work` is the navigation's own work in milliseconds, which is
   * less than the navigation takes without a stream, so this bound is a little stricter than one from a measurement.
   */
  async function expectNoDelay(
    measure: (rate: number) => Promise<number>,
    work: number,
    rates: readonly number[],
  ) {
    const limit = 1.3 * work + 2 * frame
    for (const rate of rates)
      expect(await least(() => measure(rate), limit), `at ${rate} a second`).toBeLessThanOrEqual(limit)
  }

  it('runs on the React that it names', async () => {
    const version = await page.evaluate(() => (window as unknown as ConcurrentWindow).concurrent.reactVersion)
    expect(version.split('.')[0]).toBe(String(major))
  })

  describe.each(readings)('read by %s', (reading) => {
    it.each([60, 300])(
      'a transition to a screen of %i ms takes no longer than without a stream',
      async (ms) => {
        await expectNoDelay((rate) => play('transition', { reading, rate, ms }), ms, [60, 200, 1000])
      },
    )

    it('a navigation of React Router takes no longer than without a stream', async () => {
      for (const ms of [60, 300])
        await expectNoDelay((rate) => play('route', { reading, rate, ms }), ms, [60, 200, 1000])
    })

    it('a transition that suspends shows no fallback, and the answer goes on meanwhile', async () => {
      const measure = async (rate: number) => {
        const { took, fallbacks, grownMeanwhile } = await play('suspending', { reading, rate })
        expect(fallbacks).toBe(0)
        if (rate > 0) expect(grownMeanwhile).toBeGreaterThan(0)
        return took
      }
      // 100 ms of rendering, and then 300 ms until the data is there.
      await expectNoDelay(measure, 400, [200])
    })

    it('a deferred list that renders for 40 ms is at most 150 ms behind the answer', async () => {
      expect(await least(() => play('deferral', { reading, rate: 200 }), 150)).toBeLessThanOrEqual(150)
    })

    it.runIf(major === 19)(
      'a hidden Activity renders nothing of the stream, and shows all of it with its first frame',
      async () => {
        const seen = await play('activity', { reading })
        expect(seen?.hidden.renders).toBe(0)
        expect(seen?.hidden.grew[0]).toBeGreaterThan(0)
        expect(seen?.hidden.grew[1]).toBe(0)
        expect(new Set(seen?.shown).size).toBe(1)
        expect(seen?.joins).toBe(1)
      },
    )

    it('a page that was rendered with fewer messages is hydrated as it is, then shows all', async () => {
      const seen = await play('hydration', { reading })
      expect(seen).toMatchObject({ rendered: 0, isSameButton: true, complaints: [] })
      expect(seen.pushed).toBeGreaterThan(0)
      expect(seen.shown).toEqual([seen.pushed])
    })
  })

  it('readers that mount in a transition never show another state than those beside them', async () => {
    const { mounted, torn } = await play('tearing', 100)
    expect(mounted).toBe(100)
    expect(torn).toEqual([])
  })
})
