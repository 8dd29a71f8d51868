import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { RedisProcess } from '../../examples/cluster/redis-process.js'
import type { Counts } from './check.js'
import { Person } from './people.js'
import type { Question } from './questions.js'
import { sendTwins } from './twins.js'
import type { World } from './world.js'

export interface Size {
  readonly twins: number
  /** The words before which a node is killed, each in a conversation of its own. */
  readonly killsAt: readonly number[]
  readonly pauses: number
  readonly people: number
  /** Messages of each person during a rolling restart. */
  readonly messages: number
}

export interface Scenario {
  readonly name: string
  /** Whether the store itself loses what it had; each loss must be said. */
  readonly mayLose: boolean
  readonly run: (world: World, size: Size) => Promise<Counts[]>
}

/** Puts the questions to the nodes, each in a conversation of its own, and strikes once in the middle of the first. */
async function struck(world: World, questions: readonly Question[], blow: (node: string) => unknown) {
  await world.cluster.untilUp()
  let hasStruck = false
  let striking: unknown
  world.onBlow((node) => {
    if (hasStruck) return
    hasStruck = true
    striking = blow(node)
  })
  const people = questions.map(() => new Person(world.cluster.url))
  try {
    await Promise.all(questions.map((question, index) => people[index]?.ask(question)))
    await striking
    await world.cluster.untilUp()
    if (!hasStruck) throw new Error('unable to go on; the answer ended before its blow')
    return await judged(world, people)
  } finally {
    world.onBlow(() => {})
    await Promise.all(people.map((person) => person.close()))
  }
}

const judged = (world: World, people: readonly Person[]) =>
  Promise.all(people.map((person, index) => person.judge(world.cluster.nodeUrls[index % 3] ?? '')))

const middle: readonly Question[] = [
  { words: 60, blowAt: 30 },
  ...Array.from({ length: 3 }, () => ({ words: 150, blowAt: -1 })),
]

async function rollingRestart(world: World, { people: count, messages }: Size) {
  await world.cluster.untilUp()
  const people = Array.from({ length: count }, () => new Person(world.cluster.url))
  let isOver = false
  try {
    const talking = people.map(async (person) => {
      for (let asked = 0; asked < messages || !isOver; asked += 1) {
        await person.ask({ words: 10, blowAt: -1 })
        await delay(500)
      }
    })
    await world.cluster.restartNodes()
    isOver = true
    await Promise.all(talking)
    return await judged(world, people)
  } finally {
    await Promise.all(people.map((person) => person.close()))
  }
}

async function empty(world: World) {
  const client = new Redis(world.redis.url)
  await client.flushall()
  client.disconnect()
}

/** Milliseconds of writes that the replica misses, and within which it has to have copied the rest. */
const missedMs = 150
const copiedWithinMs = 10_000

async function untilCopied(replica: Redis): Promise<void> {
  const until = Date.now() + copiedWithinMs
  while (!(await replica.info('replication')).includes('master_link_status:up')) {
    if (Date.now() > until) throw new Error('unable to go on; the replica does not copy')
    await delay(20)
  }
}

/** The last scenario of a world: its first Redis stays dead. */
async function promote(world: World): Promise<Counts[]> {
  const process = await RedisProcess.start({ keepsLog: true, replicaOf: world.redis.port })
  const replica = new Redis(process.url)
  try {
    await untilCopied(replica)
    return await struck(world, middle, async () => {
      await replica.replicaof('NO', 'ONE')
      await delay(missedMs)
      await world.redis.kill()
      world.line.leadTo(process.port)
    })
  } finally {
    replica.disconnect()
    world.line.cut()
    await process.close()
  }
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'the same send to two nodes in one instant',
    mayLose: false,
    run: (world, { twins }) => sendTwins(world, twins),
  },
  {
    name: 'SIGKILL of the answering node, at every tenth delta',
    mayLose: false,
    run: async (world, { killsAt }) => {
      const counts: Counts[] = []
      for (const blowAt of killsAt)
        counts.push(...(await struck(world, [{ words: 60, blowAt }], (node) => world.cluster.kill(node))))
      return counts
    },
  },
  {
    name: 'SIGSTOP of the answering node past its lease',
    mayLose: false,
    run: async (world, { pauses }) => {
      const counts: Counts[] = []
      for (let done = 0; done < pauses; done += 1)
        counts.push(
          ...(await struck(world, [{ words: 60, blowAt: 30 }], (node) => world.cluster.pause(node))),
        )
      return counts
    },
  },
  {
    name: 'the connections to Redis cut for 1 s',
    mayLose: false,
    run: (world) =>
      struck(world, middle, async () => {
        world.line.cut()
        await delay(1000)
        world.line.mend()
      }),
  },
  {
    name: 'the connections to Redis silent past a lease',
    mayLose: false,
    run: (world) =>
      struck(world, middle, async () => {
        world.line.hold()
        await delay(world.leaseMs * 2)
        world.line.mend()
      }),
  },
  { name: 'a rolling restart with people', mayLose: false, run: rollingRestart },
  {
    name: 'Redis killed and started, with its append-only file',
    mayLose: false,
    run: (world) => struck(world, middle, () => world.redis.restart()),
  },
  { name: 'Redis emptied', mayLose: true, run: (world) => struck(world, middle, () => empty(world)) },
  {
    name: 'Redis killed and started, without its append-only file',
    mayLose: true,
    run: (world) => struck(world, middle, () => world.redis.restart({ keepsLog: false })),
  },
  { name: 'a replica promoted that misses the last writes', mayLose: true, run: promote },
]
