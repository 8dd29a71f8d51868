import { median } from '../../performance/measure.js'
import { launchChromium } from '../../support/chromium.js'
import { servePage } from '../../support/serve-page.js'
import type { Bench, BenchTable, Figure } from '../bench.js'
import { cases, manyMessages, type NamedCase } from './cases.js'
import { measureCase, type PageFigures } from './measure-case.js'

const about = `Production builds in a real, headless Chromium; every measurement in a page of its own. An answer of 2,000 deltas of five characters is
written below a history; all who use React use the same memoised row. *dom-floor* sets one text node once a frame, *react-floor* is an external store that
React reads once a frame (\`useSyncExternalStore\`), and *state-floor* a state that is set once a frame; the three do nothing else, and are the least that can be had.
A state is shown a frame later than an external store, which in turn lets no transition finish while an answer is written; reconvene is held to the state. reconvene's row asks for its own message (\`useMessage\`); its deltas go the whole way
from the transport on: decoding, checking the order, the log, the snapshot. *bare-socket* sets a state at each delta; the peers get the same deltas through
a transport of their own kind, within the page. The floor is measured twice in each round: what lies between is the noise.

*Main thread* and *script* are Chromium's own counts of milliseconds. *Lag* is from a delta to the end of the frame that shows it; *last*, the same for the
last character. *Longest task*: 0 where none took more than 50 ms. *Allocated* is what the heap was seen to grow by, from frame to frame,
as coarsely as the browser tells it. A burst is 20 deltas a
task, task after task. A headless page is never really hidden: it is told so, and its contenders are given no frames; the floors then update four times a second, as reconvene does
(the benchmark's own look at the screen goes on, and is in everyone's time). A screen and a row that are slow to render wait for a
millisecond in each of so many pieces, between which React can pause. With 20 conversations the floors drop the deltas of the 19 that are not shown; reconvene keeps them.`

const floorName = 'state-floor'
const again = `${floorName} (again)`

type Measured = ReadonlyMap<string, PageFigures>

const medianOf = (figures: readonly PageFigures[]): PageFigures => {
  const [first] = figures
  if (!first) throw new RangeError('unable to give a median; there are no figures')
  const fields = Object.keys(first) as (keyof PageFigures)[]
  return Object.fromEntries(fields.map((key) => [key, median(figures.map((one) => one[key]))])) as never
}

const frame = 1000 / 60
/** Both the floor and the SDK update a hidden tab so often. */
const hiddenFrame = 250

const ms = (figure: number) => `${figure.toFixed(figure < 10 ? 1 : 0)} ms`

function tableOf({ name, screen, slowText }: NamedCase, measured: Measured): BenchTable {
  const floor = measured.get(floorName)
  const rows = [...measured].map(([contender, one]) => [
    contender,
    String(one.commits),
    String(one.rows),
    String(one.frames),
    ms(one.mainThread),
    floor ? `${(one.mainThread / floor.mainThread).toFixed(2)} ×` : '',
    ms(one.script),
    one.longestTask === 0 ? '0' : ms(one.longestTask),
    ms(one.lagP50),
    ms(one.lagP99),
    ms(one.last),
    `${(one.garbage / 1e6).toFixed(1)} MB`,
    ...(screen === undefined ? [] : [ms(one.transition)]),
    ...(slowText === undefined ? [] : [ms(one.lagMax)]),
  ])
  const columns = ['contender', 'commits', 'row renders', 'frames', 'main thread', 'of state floor']
  const more = ['script', 'longest task', 'lag p50', 'lag p99', 'last', 'allocated']
  if (screen !== undefined) more.push('transition')
  if (slowText !== undefined) more.push('longest lag')
  return { caption: name, columns: [...columns, ...more], rows }
}

function figuresOf(
  { name, screen, slowText, hidden }: NamedCase,
  measured: Measured,
  spread: number,
): Figure[] {
  const ours = measured.get('reconvene')
  const floor = measured.get(floorName)
  if (!ours || !floor) return []
  const ratio = ours.mainThread / floor.mainThread
  const limit = Math.max(1.05, spread)
  const behind = Math.max(ours.lagP50 - floor.lagP50, ours.last - floor.last)
  const concurrent: Figure[] = []
  if (screen !== undefined)
    concurrent.push({
      name,
      mustReach: `at most 1.3 × the state floor (${ms(floor.transition)}), plus two frames`,
      measured: ms(ours.transition),
      reached: ours.transition <= 1.3 * floor.transition + 2 * frame,
    })
  if (slowText !== undefined)
    concurrent.push({
      name: `longest lag, ${name}`,
      mustReach: 'at most 150 ms',
      measured: ms(ours.lagMax),
      reached: ours.lagMax <= 150,
    })
  return [
    ...concurrent,
    {
      name: `main-thread time, ${name}`,
      mustReach: `at most 1.05 × the state floor, or within its own spread (${spread.toFixed(2)} ×)`,
      measured: `${ratio.toFixed(2)} ×`,
      reached: ratio <= limit,
    },
    {
      name: `commits, ${name}`,
      mustReach: 'at most one a frame',
      measured: `${ours.commits} in ${ours.frames} frames`,
      reached: ours.commits <= ours.frames,
    },
    {
      name: `lag p50 and last character, ${name}`,
      mustReach: `within one ${hidden ? 'quarter second, the frame of a hidden tab,' : 'frame'} of the state floor`,
      measured: `${behind <= 0 ? 'no later' : `${ms(behind)} later`}`,
      reached: behind <= (hidden ? hiddenFrame : frame),
    },
  ]
}

/** How far apart the floor's two measurements of one round are: the larger over the smaller, in the middle round. */
function spreadOf(rounds: readonly (readonly [number, number])[]): number {
  const ratios = rounds.map(([a, b]) => Math.max(a, b) / Math.min(a, b))
  return median(ratios)
}

/** Each round begins with another one, so that none is always the last on a machine that tires. */
const inTurn = <T>(all: readonly T[], round: number): T[] => {
  const first = round % all.length
  return [...all.slice(first), ...all.slice(0, first)]
}

/** Answers on the screen, beside what one would use instead. */
export const renderBench: Bench = async ({ runs, progress }) => {
  const page = await servePage(new URL('./page/', import.meta.url))
  const browser = await launchChromium()
  try {
    const tables: BenchTable[] = []
    const figures: Figure[] = []
    for (const one of cases) {
      progress(one.name)
      const all = new Map<string, PageFigures[]>()
      for (let run = 0; run < runs; run++)
        for (const name of inTurn([...one.contenders, again], run)) {
          const measured = await measureCase(browser, page.url, name === again ? floorName : name, one)
          all.set(name, [...(all.get(name) ?? []), measured])
        }
      const measured = new Map(
        [...one.contenders, again].map((name) => [name, medianOf(all.get(name) ?? [])] as const),
      )
      const first = all.get(floorName) ?? []
      const second = all.get(again) ?? []
      const pairs = first.map((each, run) => [each.mainThread, second[run]?.mainThread ?? 0] as const)
      tables.push(tableOf(one, measured))
      figures.push(...figuresOf(one, measured, spreadOf(pairs)))
    }
    progress('20,000 messages')
    const script = { few: [] as number[], many: [] as number[] }
    for (let run = 0; run < Math.min(runs, 3); run++)
      for (const size of ['few', 'many'] as const)
        script[size].push((await measureCase(browser, page.url, 'reconvene', manyMessages[size])).script)
    const growth = median(script.many) / median(script.few)
    figures.push({
      name: 'React’s script time with 20,000 messages against 200, a row a message (`useMessage`)',
      mustReach: 'at most 2 ×',
      measured: `${growth.toFixed(2)} × (${ms(median(script.many))} against ${ms(median(script.few))} for 1,000 deltas)`,
      reached: growth <= 2,
    })
    return { title: 'Render', about, tables, figures }
  } finally {
    await browser.close()
    await page.close()
  }
}
