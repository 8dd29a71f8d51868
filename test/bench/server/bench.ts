import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from '../../performance/measure.js'
import type { Bench, BenchTable, Figure } from '../bench.js'
import { fillFolder, warm } from './fill-folder.js'
import {
  measureAsks,
  measureReading,
  measureStart,
  measureStored,
  measureStream,
  sizeOfFolder,
} from './measure.js'
import { type ServerSettings, type Stream, type Taken, word } from './scenario.js'

const stream = (conversations: number, chunks: number, more: Partial<Stream> = {}): Stream => ({
  conversations,
  chunks,
  perSecond: null,
  ...more,
})

/** Streams that bare Socket.IO and a chat server on memory send. */
const streams = {
  one: { what: '1 conversation', stream: stream(1, 50_000) },
  hundred: { what: '100 conversations', stream: stream(100, 500) },
  thousand: { what: '1,000 conversations', stream: stream(1000, 50) },
  slow: { what: '100 conversations, 50 chunks a second each', stream: stream(100, 400, { perSecond: 50 }) },
  fast: {
    what: '100 conversations, 500 chunks a second each',
    stream: stream(100, 1000, { perSecond: 500 }),
  },
  ungathered: { what: '1 conversation, `flushMs` 0', stream: stream(1, 20_000), flushMs: 0 },
  ten: { what: '1 conversation, 10 readers', stream: stream(1, 20_000, { readers: 10 }) },
  all: { what: '1 conversation, 100 readers', stream: stream(1, 4000, { readers: 100 }) },
} satisfies Record<string, { what: string; stream: Stream; flushMs?: number }>

type Name = keyof typeof streams
const names = Object.keys(streams) as Name[]

interface Figures {
  /** Chunks a second. */
  readonly rate: number
  /** Microseconds of CPU a chunk. */
  readonly cpu: number
}

const chunksIn = ({ conversations, chunks }: Stream) => conversations * chunks

const figuresOf = ({ ms, cpu }: Taken, measured: Stream): Figures => ({
  rate: (chunksIn(measured) * 1000) / ms,
  cpu: cpu / chunksIn(measured),
})

const middleOf = (all: readonly Figures[]): Figures => ({
  rate: median(all.map(({ rate }) => rate)),
  cpu: median(all.map(({ cpu }) => cpu)),
})

/** Several measurements of the same, by name. */
class Measurements {
  readonly #all = new Map<string, Figures[]>()

  async add(name: string, settings: ServerSettings): Promise<void> {
    const figures = figuresOf(await measureStream(settings), settings.stream)
    this.#all.set(name, [...(this.#all.get(name) ?? []), figures])
  }

  middle(name: string): Figures {
    return middleOf(this.#all.get(name) ?? [])
  }

  /** The middle of the ratios of each run, because the machine is faster in one run than in another. */
  ratio(name: string, to: string): Figures {
    const others = this.#all.get(to) ?? []
    return middleOf(
      (this.#all.get(name) ?? []).flatMap(({ rate, cpu }, run) => {
        const other = others[run]
        return other ? { rate: rate / other.rate, cpu: cpu / other.cpu } : []
      }),
    )
  }
}

const thousands = (figure: number) => Math.round(figure).toLocaleString('en-US')

const compared = (
  caption: string,
  rows: readonly (readonly [what: string, first: Figures, second: Figures, ratio: Figures])[],
  columns: readonly string[],
  unit: 'chunk' | 'send' = 'chunk',
): BenchTable => ({
  caption,
  columns: [
    '',
    ...columns.flatMap((one) => [`${one}, ${unit}s a second`, `CPU a ${unit}`]),
    'rate ×',
    'CPU ×',
  ],
  rows: rows.map(([what, first, second, ratio]) => [
    what,
    ...[first, second].flatMap(({ rate, cpu }) => [thousands(rate), `${cpu.toFixed(1)} µs`]),
    ratio.rate.toFixed(2),
    ratio.cpu.toFixed(2),
  ]),
})

const atLeast = (name: string, limit: number, ratio: number): Figure => ({
  name,
  mustReach: `≥ ${limit} ×`,
  measured: `${ratio.toFixed(2)} ×`,
  reached: ratio >= limit,
})

const atMost = (name: string, limit: number, ratio: number): Figure => ({
  name,
  mustReach: `≤ ${limit} ×`,
  measured: `${ratio.toFixed(2)} ×`,
  reached: ratio <= limit,
})

const atOnce = 10_000
const stored = 100_000

/** Each conversation sends one message, which is answered with one chunk. */
const sends = stream(2000, 1)

/** One answer of one chunk in each conversation but the first, which is then asked again and again. */
const short = stream(1000, 1)

const about = `\`ChatServer\` and bare Socket.IO, each in a process of its own, with its readers in another one: ten WebSockets on loopback, or one a reader. A chunk is
five characters. The bare server emits each chunk to the room, which is what one writes first, and keeps nothing; it lets the event loop turn after 50 chunks.
\`ChatServer\` runs each answer under a lease, gathers its chunks for \`flushMs\` (15 ms unless the table says otherwise), stores them with their offsets, and pushes
them. Both take the request for an answer from a reader. Each process streams everything once to warm up, and is measured as it does so again, until the
last reader has the last chunk. CPU is all that the server's process used. Ratios are the middle of those of each run. A slow stream goes on for 8 s, because in two the
compiler works as much as the server, and both servers stream it at the same time: they leave the processors idle for most of that, and a machine that others use too is a third slower
in one minute than in the next.

A stored answer of 4,000 chunks is measured by the bytes of its folder, its question and the names included, once it was folded. An idle conversation is what
the heap has grown by after a garbage collection, for each of so many conversations of one short answer. A conversation that the file store has evicted
is measured in the same way, between ${thousands(warm)} and ${thousands(stored)} conversations of one message, with 1 MB for those that it keeps in memory.

The first chunk of an answer is timed in one conversation, 200 times, after ${thousands(short.conversations - 1)} other conversations have had one answer each.

A send is acknowledged by the bare server as it arrives, and by \`ChatServer\` once it is stored; both answer it with one chunk. ${thousands(sends.conversations)} conversations send one
message each, with at most 80 unanswered, and the last chunk ends the measurement.`

async function memoryOfIdle(): Promise<number> {
  const few = await measureStream({ contender: 'memory', stream: stream(10, 1) })
  const many = await measureStream({ contender: 'memory', stream: stream(atOnce, 1) })
  return (many.heap - few.heap) / (atOnce - 10)
}

/** Chat servers beside bare Socket.IO. */
export const serverBench: Bench = async ({ runs, progress }) => {
  const folder = await mkdtemp(join(tmpdir(), 'reconvene-bench-'))
  let folders = 0
  const newFolder = () => join(folder, `${++folders}`)
  try {
    const measured = new Measurements()
    const bareFirst: number[] = []
    const first: number[] = []
    for (let run = 1; run <= runs; run++) {
      progress(`run ${run} of ${runs}`)
      for (const name of names) {
        const { stream: one, ...settings } = { flushMs: 15, ...streams[name] }
        const { flushMs } = settings
        const bare = () => measured.add(`bare ${name}`, { contender: 'bare', stream: one })
        const chat = () => measured.add(`memory ${name}`, { contender: 'memory', stream: one, flushMs })
        // Both leave the processors idle for most of the time, so each can see the machine as the other one does.
        if (name === 'slow') await Promise.all([bare(), chat()])
        else {
          await bare()
          await chat()
        }
      }
      for (const conversations of [1, 100] as const) {
        const one = conversations === 1 ? streams.one.stream : streams.hundred.stream
        await measured.add(`file ${conversations}`, { contender: 'file', stream: one, folder: newFolder() })
      }
      for (const contender of ['bare', 'memory', 'file'] as const)
        await measured.add(`sends ${contender}`, { contender, stream: sends, folder: newFolder() })
      for (const history of [10, 1000])
        await measured.add(`history ${history}`, {
          contender: 'memory',
          stream: stream(1, 250_000, { history }),
        })
      bareFirst.push(median((await measureAsks({ contender: 'bare', stream: short }, 200)).first))
      first.push(median((await measureAsks({ contender: 'memory', stream: short }, 200)).first))
    }
    progress('what is stored, and what is idle')
    const text = 4000 * word.length
    const finished = newFolder()
    const bytes = await measureStored(
      { contender: 'file', folder: finished, compactAfterMs: 50, stream: stream(1, 4000) },
      () => sizeOfFolder(finished),
    )
    const idle = await memoryOfIdle()
    const reading = await measureReading({ contender: 'memory', stream: stream(1, 1, { history: 200 }) }, 200)
    progress(`a start with ${thousands(stored)} conversations`)
    const full = newFolder()
    const evicted = await fillFolder(full, stored)
    const empty = await measureStart({ contender: 'file', folder: newFolder(), stream: stream(0, 0) })
    const start = await measureStart({ contender: 'file', folder: full, stream: stream(0, 0) })
    const startMb = Math.max(0, start.heap - empty.heap) / 1e6
    const pair = (name: Name) => [measured.middle(`bare ${name}`), measured.middle(`memory ${name}`)] as const
    const ratio = (name: Name) => measured.ratio(`memory ${name}`, `bare ${name}`)
    const rate = (name: Name) => ratio(name).rate
    const cpu = (name: Name) => ratio(name).cpu
    const ofFile = (name: Name, key: string) => measured.ratio(key, `memory ${name}`)
    const ofSends = (store: string) => measured.ratio(`sends ${store}`, 'sends bare')
    const delay = median(first) - median(bareFirst)
    return {
      title: 'Server',
      about,
      tables: [
        compared(
          'Chunks to the socket',
          names.map((name) => [streams[name].what, ...pair(name), ratio(name)] as const),
          ['Socket.IO', '`ChatServer`'],
        ),
        compared(
          "The same on files, `durability: 'process'`",
          [
            [streams.one.what, pair('one')[1], measured.middle('file 1'), ofFile('one', 'file 1')],
            [
              streams.hundred.what,
              pair('hundred')[1],
              measured.middle('file 100'),
              ofFile('hundred', 'file 100'),
            ],
          ],
          ['`memoryStore`', '`fileStore`'],
        ),
        compared(
          'Sends, stored and acknowledged',
          (['memory', 'file'] as const).map((store) => [
            `on ${store === 'file' ? '`fileStore`' : '`memoryStore`'}`,
            measured.middle('sends bare'),
            measured.middle(`sends ${store}`),
            ofSends(store),
          ]),
          ['Socket.IO', '`ChatServer`'],
          'send',
        ),
        {
          caption: 'Other costs',
          columns: ['', 'measured'],
          rows: [
            ['from a send to its first chunk, Socket.IO, p50', `${median(bareFirst).toFixed(2)} ms`],
            ['from a send to its first chunk, `ChatServer`, p50', `${median(first).toFixed(2)} ms`],
            ['a join with a snapshot of 50 messages, p50', `${median(reading.join).toFixed(2)} ms`],
            ['a page of 50 messages of history, p50', `${median(reading.history).toFixed(2)} ms`],
            [`an idle conversation in memory, of ${thousands(atOnce)}`, `${thousands(idle)} bytes`],
            [
              `a conversation that the file store has evicted, of ${thousands(stored)}`,
              `${evicted.toFixed(1)} bytes`,
            ],
            [
              `a start on files with ${thousands(stored)} conversations`,
              `${start.startMs.toFixed(0)} ms, ${startMb.toFixed(1)} MB`,
            ],
          ],
        },
      ],
      figures: [
        atLeast(
          'chunks a second of a responder without a pause, 1 conversation, against bare Socket.IO',
          2,
          rate('one'),
        ),
        atMost(
          'CPU a chunk, 100 conversations of 50 chunks a second, against bare Socket.IO',
          1.5,
          cpu('slow'),
        ),
        atMost(
          'CPU a chunk, 100 conversations of 500 chunks a second, against bare Socket.IO',
          1.5,
          cpu('fast'),
        ),
        atLeast('chunks a second with `flushMs` 0, against bare Socket.IO', 0.8, rate('ungathered')),
        atMost('CPU a chunk with `flushMs` 0, against bare Socket.IO', 1.3, cpu('ungathered')),
        atLeast(
          'chunks a second on files, 1 conversation, against memory',
          0.8,
          ofFile('one', 'file 1').rate,
        ),
        atLeast(
          'chunks a second on files, 100 conversations, against memory',
          0.8,
          ofFile('hundred', 'file 100').rate,
        ),
        {
          name: 'memory of a conversation that the file store has evicted',
          mustReach: '0 bytes',
          measured: `${evicted.toFixed(1)} bytes`,
          // What the heap of this process itself grows by, spread over 90,000 conversations.
          reached: evicted < 10,
        },
        atMost('stored bytes of an answer of 4,000 chunks, folded, against its text', 2, bytes / text),
        {
          name: `start on files with ${thousands(stored)} conversations`,
          mustReach: 'under 1 s and 50 MB',
          measured: `${start.startMs.toFixed(0)} ms, ${startMb.toFixed(1)} MB`,
          reached: start.startMs < 1000 && startMb < 50,
        },
        atMost(
          'CPU a chunk in a conversation of 1,000 messages, against 10',
          1.1,
          measured.ratio('history 1000', 'history 10').cpu,
        ),
        {
          name: 'from a send to its first chunk, p50, beside bare Socket.IO',
          mustReach: 'at most 1 ms more',
          measured: `${delay.toFixed(2)} ms more`,
          reached: delay <= 1,
        },
      ],
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
