import { translateError } from '../../../src/index.js'
import { withRetry } from '../../../src/server/with-retry.js'
import { median, microseconds, timePerAsyncCall, timePerCall } from '../../performance/measure.js'
import type { Bench, Figure } from '../bench.js'
import { type CacheCosts, fillCaches } from './caches.js'
import { taskCost, wordsPerAnswer } from './tasks.js'

const calls = 20_000

const errors = {
  'a socket’s error': Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  'an unknown error': new Error('anything'),
  'an exception’s quoted key': "'user_60f2ccbd-d754-4fa0-aa4d-35a7d6551d38'",
  'an HTTP response': { status: 503, headers: { 'retry-after': '5' } },
}

const answer = { ok: true }
const operation = async () => answer
const retried = withRetry()(operation)

const translation = (error: unknown) => () =>
  Promise.resolve(timePerCall(2000, () => translateError(error, { locale: 'en' })))

/** What is measured, by name; each gives microseconds. */
const single: Readonly<Record<string, () => Promise<number>>> = {
  'an operation that succeeds, bare': () => timePerAsyncCall(calls, operation),
  'the same with `withRetry`': () => timePerAsyncCall(calls, retried),
  ...Object.fromEntries(
    Object.entries(errors).map(([what, error]) => [`\`translateError\` of ${what}`, translation(error)]),
  ),
  [`one task through the handler, with ${wordsPerAnswer} words`]: () => taskCost(500),
}

const middle = (all: readonly CacheCosts[], of: (costs: CacheCosts) => number) => median(all.map(of))

const times = (ratio: number) =>
  `${ratio < 10 ? ratio.toFixed(2) : Math.round(ratio).toLocaleString('en-US')} ×`

const about = `The mock server's half, called in this process. The cache keeps conversations that are costly to load: it is compared with lru-cache alone,
which it is built on, and with the design that came first, in which each use goes through all entries for those that have expired, and a
full cache goes through all counts for the one used least. Hits are of 50 entries again and again, so that what is measured is the work and
not the processor's own caches. A task is a message stored in memory and an answer streamed from a responder that never waits, each event
stored and published.`

export const backendBench: Bench = async ({ runs, progress }) => {
  progress('the caches')
  const caches = await Promise.all([1000, 100_000].map(fillCaches))
  const costs = caches.map((): CacheCosts[] => [])
  // The first round only warms up.
  for (let run = 0; run <= runs; run++)
    for (const [index, measure] of caches.entries()) {
      const cost = await measure()
      if (run > 0) costs[index]?.push(cost)
    }
  progress('errors, retries, tasks')
  const figures = new Map<string, number[]>()
  for (let run = 0; run <= runs; run++)
    for (const [what, measure] of Object.entries(single)) {
      const figure = await measure()
      if (run > 0) figures.set(what, [...(figures.get(what) ?? []), figure])
    }
  const [small = [], large = []] = costs
  const growth = middle(large, ({ hit }) => hit.ours) / middle(small, ({ hit }) => hit.ours)
  const figure: Figure = {
    name: 'the mock server’s cache: a hit at 100,000 entries against 1,000',
    mustReach: '≤ 1.5 ×',
    measured: times(growth),
    reached: growth <= 1.5,
  }
  return {
    title: 'The backend half',
    about,
    tables: [
      {
        caption: 'The cache',
        columns: ['', '1,000 entries', '100,000 entries', '×'],
        rows: (
          [
            ['a hit', ({ hit }) => hit.ours],
            ['lru-cache alone', ({ hit }) => hit.lru],
            ['a hit, swept at each use', ({ hit }) => hit.swept],
            ['a miss in a full cache', ({ miss }) => miss.ours],
            ['the same, swept, and the least used looked for', ({ miss }) => miss.swept],
          ] satisfies [string, (costs: CacheCosts) => number][]
        ).map(([what, of]) => {
          const [at1000, at100000] = [middle(small, of), middle(large, of)]
          return [what, microseconds(at1000), microseconds(at100000), times(at100000 / at1000)]
        }),
      },
      {
        caption: 'Errors, retries, tasks',
        columns: ['', 'time'],
        rows: [...figures].map(([what, all]) => [what, microseconds(median(all))]),
      },
    ],
    figures: [figure],
  }
}
