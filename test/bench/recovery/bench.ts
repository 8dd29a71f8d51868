import { median, percentile } from '../../performance/measure.js'
import type { Bench, BenchTable, Figure } from '../bench.js'
import { contenders } from './contenders.js'
import { drawReturns } from './draws.js'
import { failures } from './failures.js'
import { measureFloor } from './floor.js'
import { measureReturns } from './real.js'

const draws = 10_000

/** How long the server is away, and what the median may be of socket.io-client's. */
const outages = [
  { name: 'a mere restart (50 ms)', down: 50, limit: 0.5 },
  { name: '1 s', down: 1000 },
  { name: '10 s', down: 10_000, limit: 0.8 },
  { name: '60 s', down: 60_000 },
]

const about = `The wait for the next attempt is most of what a person waits for, and chance decides it: so it is drawn ${draws.toLocaleString('en')} times,
on a virtual clock, with this SDK's own connection and recovery manager, and with socket.io-client's own \`Manager\`, both with their
defaults and without a server's advice. Times count from the instant in which the server accepts connections again; the server of the
draws takes 50 ms for each handshake. With the advised spread that keeps a restarting server from being overrun, clients come back later,
as they are told to; \`npm run herd\` has those figures ([recovery.md](recovery.md)).

Below them the same as it happens: a server in a process of its own, a proxy that breaks the line, pages of both kinds hit at once. A
dead connection is one through which nothing passes while TCP stays open, with Socket.IO's default heartbeat (25 s, then 20 s); the page is told
by its browser that it is awake. *Shown*: the first of the deltas that were missed is in the state that a page renders.`

const seconds = (ms: number) => (ms < 100 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`)

async function drawAll(progress: (line: string) => void): Promise<{ table: BenchTable; figures: Figure[] }> {
  const rows: string[][] = []
  const figures: Figure[] = []
  const { stackTraceLimit } = Error
  // Nobody reads the stacks of so many refusals, and they would take most of the time.
  Error.stackTraceLimit = 0
  try {
    for (const { name, down, limit } of outages) {
      progress(`${draws} draws, down for ${name}`)
      const ours = await drawReturns('reconvene', draws, down)
      const theirs = await drawReturns('socket.io-client', draws, down)
      const ratio = median(ours) / median(theirs)
      const cells = [ours, theirs].flatMap((all) => [median(all), percentile(all, 0.99)].map(seconds))
      rows.push([name, ...cells, `${ratio.toFixed(2)} ×`])
      if (limit === undefined) continue
      figures.push({
        name: `back after ${name}, median of ${draws.toLocaleString('en')} draws against socket.io-client's defaults`,
        mustReach: `at most ${limit} ×`,
        measured: `${ratio.toFixed(2)} × (${seconds(median(ours))} against ${seconds(median(theirs))})`,
        reached: ratio <= limit,
      })
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
  const columns = ['server away', 'reconvene p50', 'p99', 'socket.io-client p50', 'p99', 'ratio of medians']
  return { table: { caption: 'From "possible again" to connected, drawn', columns, rows }, figures }
}

/** Failure, recovery, and how long it takes. */
export const recoveryBench: Bench = async ({ runs, progress }) => {
  const { table, figures } = await drawAll(progress)
  const rows: string[][] = []
  for (const failure of failures) {
    progress(failure.name)
    const returns = await measureReturns(failure, runs)
    for (const contender of contenders) {
      const { connected = [], shown = [] } = returns.get(contender) ?? {}
      const slowest = seconds(Math.max(...connected))
      const seen = shown.length > 0 ? seconds(median(shown)) : 'nothing was missed'
      rows.push([
        failure.name,
        contender.name,
        seconds(median(connected)),
        slowest,
        seen,
        `${connected.length}`,
      ])
    }
  }
  const columns = ['failure', 'contender', 'connected p50', 'slowest', 'shown p50', 'pages']
  const floor = await measureFloor(21)
  const caption = `From "possible again", as it happens; the floor, a TCP connect and one round trip, is ${seconds(floor)} here`
  return { title: 'Recovery', about, tables: [table, { caption, columns, rows }], figures }
}
