import { median } from '../../performance/measure.js'
import type { Bench, BenchTable, Figure } from '../bench.js'
import { buildLibrary } from '../build-library.js'
import { runJob, startServer } from './processes.js'
import type { Job, Measured, Scenario } from './scenario.js'

const deltas = (perPush: number, conversations: number, count = 50_000): Scenario => ({
  kind: 'deltas',
  deltas: count,
  perPush,
  conversations,
})

const sends = (
  atOnce: number,
  conversations: number,
  storage: 'memory' | 'IndexedDB' = 'memory',
  count = 2000,
): Scenario => ({ kind: 'sends', sends: count, atOnce, conversations, storage })

const scenarios = {
  single: { what: 'one event a push, 1 conversation', scenario: deltas(1, 1, 100_000) },
  coalesced: { what: '20 events a push, 1 conversation', scenario: deltas(20, 1, 400_000) },
  ten: { what: 'one event a push, 10 conversations', scenario: deltas(1, 10) },
  hundred: { what: 'one event a push, 100 conversations', scenario: deltas(1, 100) },
  oneByOne: { what: 'one after the other', scenario: sends(1, 1) },
  fifty: { what: '50 at once in 1 conversation', scenario: sends(50, 1) },
  tenByTen: { what: '10 conversations, one in flight each', scenario: sends(1, 10, 'memory', 6000) },
  stored: { what: 'one after the other, IndexedDB', scenario: sends(1, 1, 'IndexedDB', 500) },
  fiftyStored: { what: '50 at once in 1 conversation, IndexedDB', scenario: sends(50, 1, 'IndexedDB', 500) },
} satisfies Record<string, { what: string; scenario: Scenario }>

type Name = keyof typeof scenarios

const names = Object.keys(scenarios) as Name[]

const contenders = ['socket.io-client', 'reconvene'] as const

/** What both contenders reached in one scenario. */
interface Pair {
  readonly bare: Measured
  readonly ours: Measured
}

const middle = (figures: readonly Measured[]): Measured => ({
  perSecond: median(figures.map(({ perSecond }) => perSecond)),
  cpu: median(figures.map(({ cpu }) => cpu)),
})

const thousands = (figure: number) => Math.round(figure).toLocaleString('en-US')

function table(caption: string, what: string, rows: readonly (Pair & { what: string })[]): BenchTable {
  return {
    caption,
    columns: [
      what,
      'socket.io-client',
      'reconvene',
      'rate ×',
      'CPU each, socket.io-client',
      'CPU each, reconvene',
      'CPU ×',
    ],
    rows: rows.map(({ what, bare, ours }) => [
      what,
      `${thousands(bare.perSecond)} /s`,
      `${thousands(ours.perSecond)} /s`,
      (ours.perSecond / bare.perSecond).toFixed(2),
      `${bare.cpu.toFixed(1)} µs`,
      `${ours.cpu.toFixed(1)} µs`,
      (ours.cpu / bare.cpu).toFixed(2),
    ]),
  }
}

const atLeast = (name: string, limit: number, ratio: number): Figure => ({
  name,
  mustReach: `≥ ${limit} ×`,
  measured: `${ratio.toFixed(2)} ×`,
  reached: ratio >= limit,
})

const about = `A bare Socket.IO server in another process, over WebSocket on loopback. It makes an answer's packets before the first one leaves and sends
them as fast as the client takes them, so that the client is what is measured. Each contender runs in a fresh process of its own,
which first takes a fifth as much to warm up. CPU is all that its process used, divided by the deltas or the sends: the garbage
collector's and the compiler's part is in it.

For the deltas the bare contender is what one writes first: \`socket.on('chat:event', …)\` that appends to a string and checks
nothing. This SDK checks each event, applies it to an immutable conversation that a listener is subscribed to, and tells that listener at
most every 16 ms. For the sends it is \`socket.timeout(10_000).emitWithAck(…)\`. The server answers each send with the
acknowledgement and one push of the message and an answer of one word: the bare contender reads the word, this SDK
applies all four events and settles the task. It sends one message of a conversation at a time, in order: "50 at once" is fifty that
a person has written, where the bare contender has fifty in flight. IndexedDB is fake-indexeddb in Node: what the SDK's own code
costs with it, not what a browser's disk does.`

export const throughputBench: Bench = async ({ runs, progress }) => {
  const measured = new Map<string, Measured[]>()
  const library = await buildLibrary()
  const server = await startServer()
  try {
    for (let run = 1; run <= runs; run++) {
      progress(`run ${run} of ${runs}`)
      for (const name of names)
        for (const contender of contenders) {
          const job: Job = { contender, url: server.url, library, scenario: scenarios[name].scenario }
          const key = `${name} ${contender}`
          measured.set(key, [...(measured.get(key) ?? []), await runJob(job)])
        }
    }
  } finally {
    server.close()
  }
  const pair = (name: Name) => ({
    what: scenarios[name].what,
    bare: middle(measured.get(`${name} socket.io-client`) ?? []),
    ours: middle(measured.get(`${name} reconvene`) ?? []),
  })
  const [single, coalesced, tenByTen] = [pair('single'), pair('coalesced'), pair('tenByTen')]
  const rate = ({ bare, ours }: Pair) => ours.perSecond / bare.perSecond
  const cpu = single.ours.cpu / single.bare.cpu
  return {
    title: 'Throughput',
    about,
    tables: [
      table('Deltas over one socket', 'deltas', [single, coalesced, pair('ten'), pair('hundred')]),
      table('Acknowledged sends over one socket', 'sends', [
        ...[pair('oneByOne'), pair('fifty'), tenByTen],
        ...[pair('stored'), pair('fiftyStored')],
      ]),
    ],
    figures: [
      {
        name: 'CPU of a delta, one event a push, against a bare socket',
        mustReach: '≤ 1.25 ×',
        measured: `${cpu.toFixed(2)} ×`,
        reached: cpu <= 1.25,
      },
      atLeast('deltas a second, one event a push, against a bare socket', 0.8, rate(single)),
      atLeast(
        'deltas a second, 20 events a push, against one a push',
        3,
        coalesced.ours.perSecond / single.ours.perSecond,
      ),
      atLeast('deltas a second, 20 events a push, against a bare socket', 0.8, rate(coalesced)),
      atLeast('sends a second, 10 conversations, against 10 bare in flight', 0.8, rate(tenByTen)),
    ],
  }
}
