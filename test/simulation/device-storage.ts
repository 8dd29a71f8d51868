import { memoryStorage, type OutboxStorage } from '../../src/index.js'
import type { Clock, Random } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'
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
}

const longestOperation = 12

/** What a browser keeps for its pages. Operations take their time, and may fail, hang or die with their page. */
export class DeviceStorage {
  readonly #options: DeviceStorageOptions
  readonly #kept = memoryStorage()
  /** Operations of all pages run in their order, as transactions of one IndexedDB store do. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: DeviceStorageOptions) {
    this.#options = options
  }

  /** As one page has it. */
  openFor(page: number, clock: ProcessClock): OutboxStorage {
    const { unremoved, unstored } = this.#options
    const operate = <T>(operation: () => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        // A page hears of it when it runs.
        const hear = (tell: () => void) => clock.setTimeout(tell, 0)
        this.#operate(page, clock, operation).then(
          (value) => hear(() => resolve(value)),
          (error) => hear(() => reject(error)),
        )
      })
    const kept = this.#kept
    return {
      overview: (owner) => operate(() => kept.overview(owner)),
      load: (owner, queue) => operate(() => kept.load(owner, queue)),
      put: (intent) => {
        unstored.add(intent.taskId)
        return operate(async () => {
          await kept.put(intent)
          unstored.delete(intent.taskId)
        })
      },
      remove: (intent) => {
        const count = (by: number) => unremoved.set(intent.taskId, (unremoved.get(intent.taskId) ?? 0) + by)
        count(1)
        return operate(async () => {
          await kept.remove(intent)
          count(-1)
        })
      },
      markSending: (intent, sender) => operate(() => kept.markSending(intent, sender)),
      wipe: (owner) => operate(() => kept.wipe(owner)),
      removeExpired: (now, except) => operate(() => kept.removeExpired(now, except)),
    }
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
