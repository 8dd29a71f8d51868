import { publicEvent } from '../../src/server/conversation/leaving.js'
import type {
  AppendResult,
  Change,
  ChatStore,
  ConversationKey,
  Lease,
  Step,
} from '../../src/server/store/index.js'
import { type MemoryStore, memoryStore } from '../../src/server/store/memory-store.js'
import type { Clock, Random } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'
import type { Climate } from './climate.js'
import type { Machine } from './process-clock.js'
import type { LogRecord } from './record.js'

export interface DatabaseOptions {
  readonly clock: Clock
  readonly climate: Climate
  /** Milliseconds that a step takes to be stored. */
  readonly writeMs: number
  /** Whether a session stores an answer's words within the turn in which it is asked. */
  readonly storesAtOnce: boolean
  readonly keys: ReadonlyMap<string, ConversationKey>
  /** Milliseconds since the world began. */
  readonly now: () => number
  /** Called as events are folded: who lacks them gets a snapshot from now on. */
  readonly folded: () => void
}

/** One server process's way to the database. What it was writing when the process died is stored, or it is not. */
export interface DatabaseSession extends ChatStore {
  kill(random: Random): void
}

interface Subscription {
  readonly key: ConversationKey
  readonly listener: (change: Change) => void
  stop: (() => Promise<void>) | null
}

/** The store, on a machine of its own that survives every server. All nodes share it. */
export class Database {
  readonly #options: DatabaseOptions
  readonly #records: LogRecord[] = []
  readonly #subscriptions = new Set<Subscription>()
  #epochs = 0
  #leases = 0
  #store: MemoryStore
  /** Every step that is stored, by conversation: what a backup has. */
  #steps = new Map<ConversationKey, Step[]>()
  #current: LogRecord[] = []

  constructor(options: DatabaseOptions) {
    this.#options = options
    this.#store = this.#newStore()
    this.#beginRecords(this.#epochs)
  }

  /** Every log there ever was. */
  get logs(): readonly LogRecord[] {
    return this.#records
  }

  /** Those of the epoch that goes on. */
  get current(): readonly LogRecord[] {
    return this.#current
  }

  /** @param machine of the process: while it is paused, nothing that it has asked for comes back. */
  open(machine: Machine): DatabaseSession {
    const { clock, climate, writeMs, storesAtOnce } = this.#options
    const writing = new Set<() => Promise<unknown>>()
    const own = new Set<Subscription>()
    let isDead = false
    const never = new Promise<never>(() => {})
    const awake = () => new Promise<void>((resolve) => machine.whenAwake(resolve))
    const ask = async <T>(operation: () => Promise<T>): Promise<T> => {
      await awake()
      if (isDead) return never
      const answer = await operation().catch(async (error: unknown) => {
        await awake()
        throw error
      })
      await awake()
      return isDead ? never : answer
    }
    const appendNow = (key: ConversationKey, step: Step) => {
      if (isDead) return undefined
      if (climate.strikes('log fails')) throw new Error('unable to store the step')
      const store = this.#store
      const answer = store.appendNow?.(key, step)
      if (answer) this.#appended(key, step, answer)
      if (climate.strikes('lose replies')) throw new Error('unable to hear whether the step is stored')
      return answer
    }
    return {
      ...(storesAtOnce && { appendNow }),
      read: (key, options) => ask(() => this.#store.read(key, options)),
      history: (key, before, max) => ask(() => this.#store.history(key, before, max)),
      compact: (key, compaction) =>
        ask(async () => {
          const compacted = await this.#store.compact(key, compaction)
          if (compacted.result === 'ok') this.#options.folded()
          return compacted
        }),
      publish: (message) => ask(() => this.#store.publish(message)),
      listen: (listener) => ask(() => this.#store.listen(listener)),
      due: (max, options) => ask(() => this.#store.due(max, options)),
      append: (key, step) =>
        ask(async () => {
          if (climate.strikes('log fails')) throw new Error('unable to store the step')
          const write = () => this.#append(key, step)
          writing.add(write)
          await delay(writeMs, { clock })
          // The process that waits for this is no more.
          if (isDead) return never
          writing.delete(write)
          const answer = await write()
          if (climate.strikes('lose replies')) throw new Error('unable to hear whether the step is stored')
          return answer
        }),
      lease: (key, node, ttlMs) =>
        ask(async () => {
          const lease = await this.#store.lease(key, node, ttlMs)
          if (lease) this.#leases += 1
          return lease && sessionLease(lease, ask)
        }),
      subscribe: async (key, listener) => {
        const heard = (change: Change) => {
          if (climate.strikes('lose wake-ups')) return
          machine.whenAwake(() => !isDead && listener(change))
        }
        const subscription: Subscription = { key, listener: heard, stop: null }
        await ask(() => this.#subscribe(subscription))
        own.add(subscription)
        return async () => this.#unsubscribe(subscription)
      },
      close: async () => {},
      kill: (random) => {
        isDead = true
        for (const subscription of own) this.#unsubscribe(subscription)
        for (const write of writing) if (random() < 0.5) void write()
      },
    }
  }

  /** The last steps are lost, as after a backup was played in; what remains is another log, of another epoch. */
  async loseTail(random: Random): Promise<void> {
    const kept = new Map(
      [...this.#steps].map(([key, steps]) => {
        const lost = random() < 0.3 ? steps.length : Math.floor(random() * 6)
        return [key, steps.slice(0, Math.max(0, steps.length - lost))]
      }),
    )
    const store = this.#newStore()
    // A fence only rises, whatever else was lost.
    for (let lease = 0; lease <= this.#leases; lease++) await store.lease('[]' as ConversationKey, 'x', 1)
    for (const [key, steps] of kept) for (const step of steps) await replay(store, key, step)
    this.#store = store
    this.#steps = new Map()
    this.#beginRecords(this.#epochs)
    for (const [key, steps] of kept) {
      const { events } = await store.read(key)
      const record = this.#recordOf(key)
      record?.events.push(...events.map((event) => publicEvent(record.conversation, record.epoch, event)))
      for (const step of steps) this.#remember(key, step)
    }
    for (const subscription of this.#subscriptions) await this.#subscribe(subscription)
  }

  #newStore(): MemoryStore {
    const epoch = ++this.#epochs
    return memoryStore({ clock: this.#options.clock, createId: () => `epoch-${epoch}` })
  }

  #beginRecords(epoch: number): void {
    const { now, keys } = this.#options
    for (const record of this.#current) record.endedAt = now()
    this.#current = [...keys.keys()].map((conversation) => ({
      conversation,
      epoch: `epoch-${epoch}`,
      beganAt: now(),
      endedAt: Number.POSITIVE_INFINITY,
      events: [],
      inputs: [],
    }))
    this.#records.push(...this.#current)
  }

  async #subscribe(subscription: Subscription): Promise<void> {
    const { key, listener } = subscription
    this.#subscriptions.add(subscription)
    const store = this.#store
    subscription.stop = await store.subscribe(key, listener)
    // What was heard of another log means nothing any more.
    const { position } = await store.read(key)
    listener({ position, events: [] })
  }

  #unsubscribe(subscription: Subscription): void {
    this.#subscriptions.delete(subscription)
    void subscription.stop?.()
  }

  async #append(key: ConversationKey, step: Step): Promise<AppendResult> {
    const store = this.#store
    const appended = await store.append(key, step)
    if (store === this.#store) this.#appended(key, step, appended)
    return appended
  }

  #appended(key: ConversationKey, step: Step, appended: AppendResult): void {
    if (appended.result !== 'ok' || appended.repeat) return
    const { first, position } = appended
    const record = this.#recordOf(key)
    const placed = step.events.map((event, index) => ({ offset: first + index, at: step.at, event }))
    record?.events.push(...placed.map((event) => publicEvent(record.conversation, position.epoch, event)))
    this.#remember(key, step)
  }

  #remember(key: ConversationKey, step: Step): void {
    this.#steps.set(key, [...(this.#steps.get(key) ?? []), step])
    if (step.kind === 'accept' && step.input)
      this.#recordOf(key)?.inputs.push({ task_id: step.taskId, input: step.input })
  }

  #recordOf(key: ConversationKey): LogRecord | undefined {
    const [conversation] = [...this.#options.keys].find(([, of]) => of === key) ?? []
    return this.#current.find((of) => of.conversation === conversation)
  }
}

const sessionLease = (lease: Lease, ask: <T>(operation: () => Promise<T>) => Promise<T>): Lease => ({
  fence: lease.fence,
  position: lease.position,
  renew: (ttlMs) => ask(() => lease.renew(ttlMs)),
  release: () => ask(() => lease.release()),
})

/** The step as it was stored, by whoever. */
async function replay(store: ChatStore, key: ConversationKey, step: Step): Promise<void> {
  const { position } = await store.read(key)
  const expect = { epoch: position.epoch, rev: position.rev }
  const { at, events, tasks, running } = step
  const content = { at, events, tasks, ...(running !== undefined && { running }) }
  if (step.kind === 'accept') await store.append(key, { ...step, ...content, expect })
  else await store.append(key, { kind: 'decide', ...content, expect })
}
