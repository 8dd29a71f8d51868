import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisStore } from '../../../src/server/redis/redis-store.js'
import {
  type ChatStore,
  type Compaction,
  conversationKey,
  fileStore,
  type Lease,
  memoryStore,
  type PlacedEvent,
  type Run,
  type Step,
  type StorePosition,
  type TaskChange,
} from '../../../src/server/store/index.js'
import { VirtualClock } from '../../support/virtual-clock.js'
import { delta, question, startOf, time } from '../store/contract/talk.js'
import { temporaryFolder } from '../store/temporary-folder.js'
import { clients, type OpenClient } from './clients.js'
import { type RedisServer, startRedis } from './redis-server.js'

const key = conversationKey('ann', 'demo')

let server: RedisServer
let redis: OpenClient
beforeAll(async () => {
  server = await startRedis()
  redis = await clients.ioredis(server.port)
})
afterAll(async () => {
  redis.close()
  await server.stop()
})

/** One store, and what a careless server remembers of it. */
class Subject {
  readonly store: ChatStore
  readonly #leases: Lease[] = []
  readonly #positions: StorePosition[] = []
  readonly #epochs: string[] = []
  readonly #fences: number[] = []

  constructor(store: ChatStore) {
    this.store = store
  }

  /** The answer to an action, with epochs and fences by the order in which they came. */
  async answer(action: Action): Promise<unknown> {
    try {
      return this.#plain(await this.#act(action))
    } catch (error) {
      if (error instanceof RangeError) return 'RangeError'
      throw error
    }
  }

  async #act(action: Action): Promise<unknown> {
    const { store } = this
    switch (action.type) {
      case 'append': {
        const answer = await store.append(key, this.#step(action))
        this.#positions.push(answer.position)
        return answer
      }
      case 'lease': {
        const lease = await store.lease(key, `node-${action.node}`, 15_000)
        if (lease) this.#leases.push(lease)
        return lease && { position: lease.position, holds: this.#leases.length }
      }
      case 'renew':
        return this.#lease(action.lease)?.renew(15_000)
      case 'release':
        return this.#lease(action.lease)?.release()
      case 'read': {
        const end = action.end === undefined ? undefined : { epoch: this.#position(0).epoch, end: action.end }
        const taskIds = ['t0', 't1', 't2', 't3']
        const { usage, ...read } = await store.read(key, { after: end, max: action.max, taskIds })
        this.#positions.push(read.position)
        return { ...read, tombstones: usage.tombstones }
      }
      case 'history':
        return store.history(key, action.before, action.max)
      case 'compact':
        return store.compact(key, await this.#compaction(action))
      case 'due':
        return store.due()
      case 'advance':
        return null
    }
  }

  #position(back: number): StorePosition {
    return this.#positions.at(-1 - back) ?? this.#positions[0] ?? { epoch: 'none', rev: 0, end: 0 }
  }

  #lease(back: number): Lease | undefined {
    return this.#leases.at(-1 - back)
  }

  /** How many steps each lease has stored is for the test to say: a wrong number is one of its actions. */
  #step({ kind, back, lease, seq, run, next, tasks, texts, at, keepMs }: AppendAction): Step {
    const fence = this.#lease(lease)?.fence
    const proof = fence === undefined ? undefined : { fence, seq }
    const events = [
      ...texts.map((text) => delta(run.taskId, text)),
      ...tasks.map(({ taskId, attempt }) => startOf(taskId, attempt)),
    ]
    const content = { at: time + at, events, tasks, ...(next !== undefined && { running: next }), ...keepMs }
    const expect = this.#position(back)
    const [task] = tasks
    if (kind === 'accept' && task) {
      const input = { kind: 'message' as const, message: question(task.taskId) }
      return {
        kind,
        expect,
        taskId: task.taskId,
        digest: `digest-${seq % 2}`,
        input,
        user: texts,
        ...content,
      }
    }
    if (kind === 'run' && proof) return { kind, lease: proof, run, ...content }
    return { kind: 'decide', expect, ...(kind === 'start' && proof && { lease: proof }), ...content }
  }

  async #compaction({ fold, keep, changed, stale }: CompactAction): Promise<Compaction> {
    const { position, base, snapshot } = await this.store.read(key)
    const order = snapshot?.messages.map(({ id }) => id) ?? []
    const kept = Math.min(keep, order.length)
    const ids = [...new Set([...order.slice(kept).filter((_, n) => n % 2), ...changed])]
    const changedMessages = changed.map((id) => ({ ...question(id, `${position.end}`), id }))
    return {
      epoch: position.epoch,
      base: stale ? base - 1 : base,
      offset: base + fold,
      changedMessages,
      order: { keep: kept, ids: ids.filter((id) => !order.slice(0, kept).includes(id)) },
    }
  }

  /** Random names differ between stores, their order does not. */
  #plain(answer: unknown): unknown {
    return JSON.parse(
      JSON.stringify(answer ?? null, (field, value) => {
        if (field === 'epoch') return indexIn(this.#epochs, value)
        if (field === 'fence') return indexIn(this.#fences, value)
        return value
      }),
    )
  }
}

function indexIn<T>(known: T[], value: T): number {
  if (!known.includes(value)) known.push(value)
  return known.indexOf(value)
}

interface AppendAction {
  readonly type: 'append'
  readonly kind: 'accept' | 'decide' | 'start' | 'run'
  readonly back: number
  readonly lease: number
  readonly seq: number
  readonly run: Run
  readonly next: Run | null | undefined
  readonly tasks: readonly TaskChange[]
  readonly texts: readonly string[]
  readonly at: number
  readonly keepMs: { readonly keepMs?: number }
}

interface CompactAction {
  readonly type: 'compact'
  readonly fold: number
  readonly keep: number
  readonly changed: readonly string[]
  readonly stale: boolean
}

type Action =
  | AppendAction
  | CompactAction
  | { readonly type: 'lease'; readonly node: number }
  | { readonly type: 'renew' | 'release'; readonly lease: number }
  | { readonly type: 'read'; readonly end: number | undefined; readonly max: number }
  | { readonly type: 'history'; readonly before: string; readonly max: number }
  | { readonly type: 'due' }
  | { readonly type: 'advance'; readonly ms: number }

const small = (max: number) => fc.integer({ min: 0, max })
const mostly = <T>(value: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: other })

const taskId = small(3).map((n) => `t${n}`)
const run = fc.record({ taskId, attempt: mostly(1, fc.constant(2)), try: mostly(1, fc.constant(2)) })
const task: fc.Arbitrary<TaskChange> = fc
  .record({
    taskId,
    attempt: mostly(1, fc.constant(2)),
    state: fc.constantFrom('queued', 'running', 'running', 'failed', 'finished', 'stopped'),
    messageId: fc.constantFrom('m0', 'm1'),
    retry: fc.boolean(),
  })
  .map(({ retry, state, ...facts }): TaskChange => {
    if (state === 'failed') return { ...facts, state, ...(retry && { retry: facts.attempt + 1 }) }
    return { ...facts, state: state as 'queued' }
  })
const text = fc.constantFrom('a', 'ä: |{}', '', ':', '\u0000\n', '😀')

const append: fc.Arbitrary<AppendAction> = fc.record({
  type: fc.constant('append' as const),
  kind: fc.constantFrom('accept', 'accept', 'decide', 'start', 'run', 'run'),
  back: mostly(0, small(3)),
  lease: mostly(0, small(2)),
  seq: fc.integer({ min: 1, max: 5 }),
  run,
  next: fc.oneof(fc.constant(undefined), run, fc.constant(null)),
  tasks: fc.array(task, { maxLength: 2 }),
  texts: fc.array(text, { maxLength: 3 }),
  at: small(100_000),
  keepMs: fc.constantFrom({}, {}, { keepMs: 600_000 }),
})

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 10, arbitrary: append },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('lease' as const), node: small(1) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom('renew' as const, 'release' as const), lease: small(2) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('read' as const),
      end: fc.oneof(fc.constant(undefined), small(12)),
      max: fc.constantFrom(0, 1, 3, 1e9),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('history' as const),
      before: fc.constantFrom('m0', 'm2'),
      max: small(3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('compact' as const),
      fold: small(4),
      keep: small(3),
      changed: fc.uniqueArray(fc.constantFrom('m0', 'm1', 'm2', 'm3'), { maxLength: 3 }),
      stale: mostly(false, fc.constant(true)),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'due' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('advance' as const), ms: fc.constantFrom(1, 15_001, 61_000) }),
  },
)

const told = (events: readonly PlacedEvent[]) => events.map(({ offset, event }) => [offset, event])

describe('all stores', () => {
  it('give the same answers, whatever is asked of them, and tell the same changes', async () => {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
        const clock = new VirtualClock(time)
        const prefix = `run-${++runs}:`
        const stores: Record<string, ChatStore> = {
          memory: memoryStore({ clock }),
          file: fileStore(temporaryFolder(), { clock }),
          redis: redisStore(redis.client, { prefix, now: () => clock.now() }),
        }
        const subjects = Object.values(stores).map((store) => new Subject(store))
        const changes = await Promise.all(
          subjects.map(async ({ store }) => {
            const own: unknown[] = []
            await store.subscribe(key, ({ position, events }) =>
              own.push([position.rev, position.end, told(events)]),
            )
            return own
          }),
        )
        for (const each of [{ type: 'read' as const, end: undefined, max: 0 }, ...actions]) {
          if (each.type === 'advance') await clock.advance(each.ms)
          const [memory, ...others] = await Promise.all(subjects.map((subject) => subject.answer(each)))
          for (const other of others) expect(other).toEqual(memory)
        }
        // Redis tells in order, so after a message of the same connection all changes have come.
        let isTold = false
        await stores.redis?.listen(() => {
          isTold = true
        })
        await stores.redis?.publish('end')
        while (!isTold) await new Promise((resolve) => setImmediate(resolve))
        for (const other of changes) expect(other).toEqual(changes[0])
        for (const store of Object.values(stores)) await store.close()
      }),
      {
        numRuns: Number(process.env.STORE_RUNS ?? 150),
        seed: process.env.STORE_SEED ? Number(process.env.STORE_SEED) : 19,
      },
    )
  }, 120_000)
})
