import type { ConversationKey } from '../../examples/mock-server/conversation-key.js'
import { type ConversationLog, type LogStep, MemoryLog } from '../../examples/mock-server/conversation-log.js'
import type { Clock, Random } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'
import type { Climate } from './climate.js'
import type { LogRecord } from './record.js'

export interface DatabaseOptions {
  readonly clock: Clock
  readonly climate: Climate
  /** Milliseconds that a step takes to be stored. */
  readonly writeMs: number
  readonly keys: ReadonlyMap<string, ConversationKey>
  /** Milliseconds since the world began. */
  readonly now: () => number
}

/** One server process's way to the database. What it was writing when the process died is stored, or it is not. */
export interface DatabaseSession extends ConversationLog {
  kill(random: Random): void
}

/** The log, on a machine of its own that survives every server. */
export class Database {
  readonly #options: DatabaseOptions
  readonly #records: LogRecord[] = []
  #epochs = 0
  #log = new MemoryLog()
  #current: LogRecord[] = []

  constructor(options: DatabaseOptions) {
    this.#options = options
    this.#begin(() => [])
  }

  /** Every log there ever was. */
  get logs(): readonly LogRecord[] {
    return this.#records
  }

  /** Those of the epoch that goes on. */
  get current(): readonly LogRecord[] {
    return this.#current
  }

  open(): DatabaseSession {
    const { clock, climate, writeMs } = this.#options
    const writing = new Set<() => void>()
    let isDead = false
    return {
      keys: () => [...this.#log.keys()],
      read: (key) => {
        const { epoch, steps } = this.#log.read(key)
        return { epoch, steps: [...steps] }
      },
      append: async (key, step) => {
        if (climate.strikes('log fails')) throw new Error('unable to store the step')
        const write = () => this.#append(key, step)
        writing.add(write)
        await delay(writeMs, { clock })
        // The process that waits for this is no more.
        if (isDead) return new Promise<never>(() => {})
        writing.delete(write)
        write()
      },
      kill: (random) => {
        isDead = true
        for (const write of writing) if (random() < 0.5) write()
      },
    }
  }

  /** The last steps are lost, as after a backup was played in; what remains is another log, of another epoch. */
  loseTail(random: Random): void {
    const old = this.#log
    this.#begin((key) => {
      const { steps } = old.read(key)
      const lost = random() < 0.3 ? steps.length : Math.floor(random() * 6)
      return steps.slice(0, Math.max(0, steps.length - lost))
    })
  }

  #begin(kept: (key: ConversationKey) => readonly LogStep[]): void {
    const { now, keys } = this.#options
    const epoch = `epoch-${++this.#epochs}`
    for (const record of this.#current) record.endedAt = now()
    this.#log = new MemoryLog({ epoch })
    this.#current = []
    for (const [conversation, key] of keys) {
      const record = { conversation, epoch, beganAt: now(), endedAt: Number.POSITIVE_INFINITY }
      this.#current.push({ ...record, events: [], inputs: [] })
      for (const { events, ...step } of kept(key)) {
        this.#append(key, { ...step, events: events.map((event) => ({ ...event, epoch })) })
      }
    }
    this.#records.push(...this.#current)
  }

  #append(key: ConversationKey, step: LogStep): void {
    this.#log.append(key, step)
    const [conversation] = [...this.#options.keys].find(([, of]) => of === key) ?? []
    const record = this.#current.find((of) => of.conversation === conversation)
    if (!record) return
    record.events.push(...step.events)
    if (step.accepted) record.inputs.push(step.accepted)
  }
}
