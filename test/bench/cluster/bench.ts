import { Redis } from 'ioredis'
import { RedisProcess } from '../../../examples/cluster/redis-process.js'
import { median } from '../../performance/measure.js'
import type { Bench, Figure } from '../bench.js'
import { measureNodes, measureStored } from '../server/measure.js'
import { type ServerSettings, type Stream, word } from '../server/scenario.js'
import { memoryOf, type RedisFigures, readFigures } from './redis-figures.js'
import { leaseMs, timeTakeOver } from './take-over.js'

/** Three readers each, on neighbouring connections, and so on several nodes. */
const flood: Stream = { conversations: 100, chunks: 300, perSecond: null, readers: 3 }
const paced: Stream = { conversations: 100, chunks: 150, perSecond: 50, readers: 3 }

interface Contender extends Pick<ServerSettings, 'contender' | 'flushMs'> {
  readonly what: string
  readonly nodes: number
}

const contenders = {
  memory: { what: '`ChatServer`, 1 node in memory', contender: 'memory', nodes: 1 },
  one: { what: '`ChatServer`, 1 node on Redis', contender: 'redis', nodes: 1 },
  three: { what: '`ChatServer`, 3 nodes on Redis', contender: 'redis', nodes: 3 },
  gathered: {
    what: '`ChatServer`, 3 nodes on Redis, `flushMs` 60',
    contender: 'redis',
    nodes: 3,
    flushMs: 60,
  },
  resumable: { what: '`resumable-stream`, 3 nodes (stores nothing)', contender: 'resumable', nodes: 3 },
  adapter: { what: 'Socket.IO with the Redis Streams adapter, 3 nodes', contender: 'adapter', nodes: 3 },
} as const satisfies Record<string, Contender>

type Name = keyof typeof contenders
const names = Object.keys(contenders) as Name[]

/** An answer without a pause is over before `resumable-stream` could follow it, and is gathered anyway. */
const namesOf = (kind: string): readonly Name[] =>
  kind === 'paced' ? names : names.filter((name) => name !== 'resumable' && name !== 'gathered')

/** Of one chunk; times in microseconds. */
interface Costs {
  readonly perSecond: number
  readonly nodeCpu: number
  readonly redisCpu: number
  readonly commands: number
  readonly bytes: number
}

const chunksIn = ({ conversations, chunks }: Stream) => conversations * chunks

async function measure(name: Name, stream: Stream, redis: Redis, redisUrl: string): Promise<Costs> {
  const { contender, nodes, flushMs }: Contender = contenders[name]
  const settings: ServerSettings = { contender, redisUrl, stream, flushMs }
  const { taken, before, after } = await measureNodes(settings, nodes, () => readFigures(redis))
  await redis.flushall()
  const of = (figure: keyof RedisFigures) => (after[figure] - before[figure]) / chunksIn(stream)
  return {
    perSecond: (chunksIn(stream) * 1000) / taken.ms,
    nodeCpu: taken.cpu / chunksIn(stream),
    redisCpu: of('cpu'),
    commands: of('commands'),
    bytes: of('bytes'),
  }
}

const fields = ['perSecond', 'nodeCpu', 'redisCpu', 'commands', 'bytes'] as const

const middle = (all: readonly Costs[]): Costs =>
  Object.fromEntries(fields.map((field) => [field, median(all.map((costs) => costs[field]))])) as never

const limit = (name: string, kind: '≥' | '≤', bound: number, ratio: number): Figure => ({
  name,
  mustReach: `${kind} ${bound} ×`,
  measured: `${ratio.toFixed(2)} ×`,
  reached: kind === '≥' ? ratio >= bound : ratio <= bound,
})

const within = (name: string, ms: number, bound: number): Figure => ({
  name,
  mustReach: `at most ${bound} ms`,
  measured: `${ms.toFixed(0)} ms`,
  reached: ms <= bound,
})

const about = `Nodes, readers and one Redis (redis-server on loopback, with its append-only file) as processes of their own. A hundred conversations have three readers each, whose
connections go to the nodes in turn, so that most events cross from one node to another. *Without a pause* is answers of 300 chunks of five characters, *paced* is
50 chunks a second in each conversation. Socket.IO emits each chunk to the room and its adapter writes it to one stream that every node reads; \`ChatServer\` gathers chunks for 15 ms unless the row says otherwise, stores them,
and tells the nodes that have readers. With \`resumable-stream\` the node that was asked keeps the answer, and each other node with readers follows it through Redis. CPU of the nodes is that of all together. Redis' figures are the differences of \`INFO\` before and after, divided by the chunks.
Redis' memory is \`MEMORY USAGE\` of all keys of the conversation.`

/** Several nodes on one Redis. */
export const clusterBench: Bench = async ({ runs, progress }) => {
  const process = await RedisProcess.start({ keepsLog: true })
  const redis = new Redis(process.url)
  try {
    const measured = new Map<string, Costs[]>()
    const killed: number[] = []
    const stopped: number[] = []
    for (let run = 1; run <= runs; run++) {
      progress(`run ${run} of ${runs}`)
      for (const [kind, stream] of Object.entries({ flood, paced }))
        for (const name of namesOf(kind)) {
          const key = `${kind} ${name}`
          measured.set(key, [...(measured.get(key) ?? []), await measure(name, stream, redis, process.url)])
        }
      killed.push(await timeTakeOver(process.url, 'kill', `killed-${run}`))
      stopped.push(await timeTakeOver(process.url, 'stop', `stopped-${run}`))
      await redis.flushall()
    }
    progress('what is stored')
    const one = (chunks: number): Stream => ({ conversations: 1, chunks, perSecond: null })
    const memoryAfter = async (chunks: number) => {
      await measureStored(
        { contender: 'redis', redisUrl: process.url, flushMs: 0, compactAfterMs: 50, stream: one(chunks) },
        () => memoryOf(redis, 'bench:'),
      )
      const bytes = await memoryOf(redis, 'bench:')
      await redis.flushall()
      return bytes
    }
    const [idle, long] = [await memoryAfter(1), await memoryAfter(4000)]
    const of = (kind: 'flood' | 'paced', name: Name) => middle(measured.get(`${kind} ${name}`) ?? [])
    const table = (caption: string, kind: 'flood' | 'paced') => ({
      caption,
      columns: [
        '',
        'chunks a second',
        'CPU of the nodes a chunk',
        'CPU of Redis a chunk',
        'commands a chunk',
        'bytes over Redis a chunk',
      ],
      rows: namesOf(kind).map((name) => {
        const { perSecond, nodeCpu, redisCpu, commands, bytes } = of(kind, name)
        return [
          contenders[name].what,
          Math.round(perSecond).toLocaleString('en-US'),
          `${nodeCpu.toFixed(1)} µs`,
          `${redisCpu.toFixed(1)} µs`,
          commands.toFixed(2),
          Math.round(bytes).toLocaleString('en-US'),
        ]
      }),
    })
    const ratio = (kind: 'flood' | 'paced', field: keyof Costs, name: Name = 'three') =>
      of(kind, name)[field] / of(kind, 'adapter')[field]
    return {
      title: 'Cluster',
      about,
      tables: [
        table('Without a pause', 'flood'),
        table('Paced', 'paced'),
        {
          caption: 'Take-over and memory',
          columns: ['', 'measured'],
          rows: [
            [
              `from SIGKILL to the stored \`interrupted\`, lease ${leaseMs} ms`,
              `${median(killed).toFixed(0)} ms`,
            ],
            ['from a clean stop to the stored `interrupted`', `${median(stopped).toFixed(0)} ms`],
            ['Redis’ memory of a conversation of one short answer', `${idle.toLocaleString('en-US')} bytes`],
            ['Redis’ memory of an answer of 4,000 chunks, folded', `${long.toLocaleString('en-US')} bytes`],
          ],
        },
      ],
      figures: [
        limit(
          'chunks a second without a pause, 1 node on Redis against memory',
          '≥',
          0.5,
          of('flood', 'one').perSecond / of('flood', 'memory').perSecond,
        ),
        limit(
          'CPU of Redis a chunk, paced, 3 nodes, against the Redis Streams adapter',
          '≤',
          0.5,
          ratio('paced', 'redisCpu'),
        ),
        limit('the same with `flushMs` 60', '≤', 0.5, ratio('paced', 'redisCpu', 'gathered')),
        limit(
          'CPU of Redis a chunk, without a pause, 3 nodes, against the Redis Streams adapter',
          '≤',
          0.5,
          ratio('flood', 'redisCpu'),
        ),
        limit(
          'bytes over Redis a chunk, paced, 3 nodes, against the Redis Streams adapter',
          '≤',
          0.33,
          ratio('paced', 'bytes'),
        ),
        limit('the same with `flushMs` 60', '≤', 0.33, ratio('paced', 'bytes', 'gathered')),
        limit(
          'bytes over Redis a chunk, without a pause, 3 nodes, against the Redis Streams adapter',
          '≤',
          0.33,
          ratio('flood', 'bytes'),
        ),
        within('from SIGKILL to the stored `interrupted`', median(killed), leaseMs + 1000),
        within('from a clean stop to the stored `interrupted`', median(stopped), 300),
        limit(
          'Redis’ memory of a folded answer of 4,000 chunks, against its text',
          '≤',
          2,
          long / (4000 * word.length),
        ),
      ],
    }
  } finally {
    redis.disconnect()
    await process.close()
  }
}
