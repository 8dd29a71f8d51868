import type { Clock, Random } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'
import type { OutboxStorage, Owner } from '../../src/storage/index.js'
import { memoryOutbox } from '../../src/storage/memory-storage.js'
import { ReopeningDatabase } from '../../src/storage/reopening-database.js'
import type { Climate } from './climate.js'
import type { DeviceTabs } from './device-tabs.js'
import type { Machine, ProcessClock } from './process-clock.js'

export interface DeviceStorageOptions {
  /** The browser's: it goes on while a page is put away. */
  readonly clock: Clock
  readonly climate: Climate
  readonly random: Random
  /** How many removals of each task did not come to pass. */
  readonly unremoved: Map<string, number>
  /** Tasks that were to be stored, and are not. */
  readonly unstored: Set<string>
  /** Pages that could not see what is kept. */
  readonly unread: Set<number>
}

/** A page's connection to what is kept. The browser may close it without a word. */
interface Connection {
  isClosed: boolean
  close(): void
}

const longestOperation = 12

/** What a browser keeps for its pages. Operations take their time, and may fail, hang or die with their page. */
export class DeviceStorage {
  readonly #options: DeviceStorageOptions
  readonly #kept = memoryOutbox()
  readonly #connections = new Set<Connection>()
  /** Operations of all pages run in their order, as transactions of one IndexedDB store do. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: DeviceStorageOptions) {
    this.#options = options
  }

  /** The browser closes every page's connection. */
  closeConnections(): void {
    for (const connection of this.#connections) connection.close()
  }

  /** As one page has it. */
  openFor(page: number, clock: ProcessClock): OutboxStorage {
    const { unremoved, unstored, unread } = this.#options
    const database = new ReopeningDatabase(async () => this.#connect())
    const operate = <T>(operation: () => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        // A page hears of it when it runs.
        const hear = (tell: () => void) => clock.setTimeout(tell, 0)
        const run = (connection: Connection) => {
          if (connection.isClosed) throw new DOMException('The connection is closing.', 'InvalidStateError')
          return this.#operate(page, clock, operation)
        }
        database.run(run).then(
          (value) => hear(() => resolve(value)),
          (error) => hear(() => reject(error)),
        )
      })
    const kept = this.#kept
    const count = (taskId: string, by: number) => unremoved.set(taskId, (unremoved.get(taskId) ?? 0) + by)
    return {
      overview: async (owner) => {
        const before = unread.has(page)
        unread.add(page)
        const overview = await operate(() => kept.overview(owner))
        if (!before) unread.delete(page)
        return overview
      },
      load: (owner, queue) => operate(() => kept.load(owner, queue)),
      put: (intent) => {
        unstored.add(intent.taskId)
        return operate(async () => {
          await kept.put(intent)
          unstored.delete(intent.taskId)
        })
      },
      remove: (intent) => {
        const done = () => count(intent.taskId, -1)
        count(intent.taskId, 1)
        return operate(async () => {
          await kept.remove(intent)
          done()
        }).catch((error) => {
          // A closed connection is no excuse: it can be opened again.
          if (error.name === 'InvalidStateError') done()
          throw error
        })
      },
      markSending: (intent, sender) => operate(() => kept.markSending(intent, sender)),
      wipe: async (owner) => {
        const held = await this.#tasksOf(owner)
        for (const taskId of held) count(taskId, 1)
        await operate(async () => {
          await kept.wipe(owner)
          for (const taskId of held) count(taskId, -1)
        })
      },
      removeExpired: (now, except) => operate(() => kept.removeExpired(now, except)),
    }
  }

  #connect(): Connection {
    const connection: Connection = {
      isClosed: false,
      close: () => {
        connection.isClosed = true
        this.#connections.delete(connection)
      },
    }
    this.#connections.add(connection)
    return connection
  }

  async #tasksOf(owner: Owner): Promise<string[]> {
    const { queues } = await this.#kept.overview(owner)
    const intents = await Promise.all(queues.map((queue) => this.#kept.load(owner, queue)))
    return intents.flat().map(({ taskId }) => taskId)
  }

  #operate<T>(page: number, owner: ProcessClock, operation: () => Promise<T>): Promise<T> {
    const { clock, climate, random } = this.#options
    const result = this.#last.then(async () => {
      if (climate.strikes('storage hangs', page)) return new Promise<never>(() => {})
      await delay(Math.floor(random() * longestOperation), { clock })
      if (owner.isDead) return new Promise<never>(() => {})
      if (climate.strikes('storage fails', page)) throw new Error('unable to use the storage')
      return operation()
    })
    // One that hangs does not hold up the next.
    const isOver = () => Promise.race([result, delay(longestOperation, { clock })])
    this.#last = this.#last.then(isOver).catch(() => {})
    return result
  }
}

/** A person's machine, with what its browser keeps. */
export interface Device {
  readonly number: number
  readonly machine: Machine
  readonly storage: DeviceStorage
  readonly tabs: DeviceTabs
}
