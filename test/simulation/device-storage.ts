import { memoryStorage, type OutboxStorage } from '../../src/index.js'
import type { Random } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'
import type { Climate } from './climate.js'
import type { DeviceTabs } from './device-tabs.js'
import type { Machine, ProcessClock } from './process-clock.js'

export interface DeviceStorageOptions {
  readonly climate: Climate
  readonly random: Random
  /** How many removals of each task did not come to pass. */
  readonly unremoved: Map<string, number>
  /** Tasks that were to be stored, and are not. */
  readonly unstored: Set<string>
}

const longestOperation = 12

/** What a browser keeps for its pages. Each page's operations take their time, and may fail, hang or die with the page. */
export class DeviceStorage {
  readonly #options: DeviceStorageOptions
  readonly #kept = memoryStorage()

  constructor(options: DeviceStorageOptions) {
    this.#options = options
  }

  /** As one page has it. */
  openFor(page: number, clock: ProcessClock): OutboxStorage {
    const { climate, random, unremoved, unstored } = this.#options
    // A browser runs one store's operations in their order.
    let last: Promise<unknown> = Promise.resolve()
    const operate = <T>(operation: () => Promise<T>): Promise<T> => {
      const result = last.then(async () => {
        if (climate.strikes('storage hangs', page)) return new Promise<never>(() => {})
        await delay(Math.floor(random() * longestOperation), { clock })
        if (climate.strikes('storage fails', page)) throw new Error('unable to use the storage')
        return operation()
      })
      last = Promise.race([result, delay(longestOperation, { clock })]).catch(() => {})
      return result
    }
    const kept = this.#kept
    return {
      load: (identity) => operate(() => kept.load(identity)),
      put: async (intent) => {
        unstored.add(intent.taskId)
        await operate(() => kept.put(intent))
        unstored.delete(intent.taskId)
      },
      remove: async (intent) => {
        const count = (by: number) => unremoved.set(intent.taskId, (unremoved.get(intent.taskId) ?? 0) + by)
        count(1)
        await operate(() => kept.remove(intent))
        count(-1)
      },
      wipe: (identity) => operate(() => kept.wipe(identity)),
    }
  }
}

/** A person's machine, with what its browser keeps. */
export interface Device {
  readonly number: number
  readonly machine: Machine
  readonly storage: DeviceStorage
  readonly tabs: DeviceTabs
}
