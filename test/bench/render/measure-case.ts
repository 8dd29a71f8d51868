import type { Browser } from 'playwright-core'
import type { RenderBench } from './page/main.js'
import type { RenderCase, RenderFigures } from './page/run-case.js'

export interface PageFigures extends RenderFigures {
  /** Milliseconds of work on the page's main thread, and of script among it. */
  readonly mainThread: number
  readonly script: number
}

type BenchWindow = Window & { bench?: RenderBench }

/** One contender writes one answer, in a page of its own. */
export async function measureCase(
  browser: Browser,
  url: string,
  name: string,
  one: RenderCase,
): Promise<PageFigures> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    const failures: string[] = []
    page.on('pageerror', (error) => failures.push(error.message))
    await page.goto(url)
    await page.waitForFunction(() => (window as BenchWindow).bench !== undefined)
    await page.evaluate(([n, c]) => (window as BenchWindow).bench?.start(n, c), [name, one] as const)
    const session = await context.newCDPSession(page)
    await session.send('Performance.enable')
    await session.send('HeapProfiler.collectGarbage')
    const read = async () => {
      const { metrics } = await session.send('Performance.getMetrics')
      const of = (metric: string) => (metrics.find((each) => each.name === metric)?.value ?? 0) * 1000
      return { mainThread: of('TaskDuration'), script: of('ScriptDuration') }
    }
    const before = await read()
    const figures = await page.evaluate(() => (window as BenchWindow).bench?.run())
    const after = await read()
    if (!figures || failures.length > 0) throw new Error(`unable to measure ${name}; ${failures.join('; ')}`)
    return {
      ...figures,
      mainThread: after.mainThread - before.mainThread,
      script: after.script - before.script,
    }
  } finally {
    await context.close()
  }
}
