import { isId } from '../protocol/is.js'
import type { Clock } from '../shared/clock.js'
import { delay } from '../shared/delay.js'
import type { OutboxStorage } from './outbox-storage.js'
import { isOwnedBy, type Owner } from './owner.js'
import type { StorageWatch } from './storage-watch.js'
import { isStoredIntent, type StoredIntent } from './stored-intent.js'

export interface StorageReaderOptions {
  readonly storage: OutboxStorage
  readonly owner: Owner
  readonly clock: Clock
  readonly watch: StorageWatch
  /** Told which queues have intents in them. */
  readonly found: (queues: readonly string[]) => Promise<void>
  /** Another client has wiped this owner's intents. */
  readonly onWipe: () => void
}

// Milliseconds in which a tab that is alive removes an intent that it has marked.
const maxSendingMs = 1000

/** Reads what a storage holds of one owner, and checks it: the storage may be the app's own. */
export class StorageReader {
  readonly #options: StorageReaderOptions
  /** The owner's last wipe when this reader looked first; undefined before. */
  #wipe: string | null | undefined
  #looking: Promise<void> | null = null
  #looksAgain = false

  constructor(options: StorageReaderOptions) {
    this.#options = options
  }

  /** Resolves when the queues are told and `found` is done with them. However often it is called, one look runs at a time. */
  look(): Promise<void> {
    if (this.#looking) {
      this.#looksAgain = true
      return this.#looking
    }
    this.#looksAgain = false
    const { watch, found } = this.#options
    const over = () => {
      this.#looking = null
      if (this.#looksAgain && !watch.isClosed) void this.look()
    }
    // The watch has told of a failure.
    this.#looking = this.#look()
      .finally(over)
      .then(found, () => {})
    return this.#looking
  }

  async #look(): Promise<readonly string[]> {
    const { storage, owner, watch, onWipe } = this.#options
    const { queues, wipe } = await watch.run(async () => {
      const overview = await storage.overview(owner)
      return { queues: overview.queues.filter(isId), wipe: overview.wipe }
    })
    if (watch.isClosed) return []
    if (this.#wipe === undefined) this.#wipe = wipe
    if (this.#wipe === wipe) return queues
    onWipe()
    return []
  }

  /** The intents of a queue, in order. `isKnown` tells those that this tab has in memory. */
  async read(
    queue: string,
    isKnown: (taskId: string) => boolean,
    signal: AbortSignal,
  ): Promise<readonly StoredIntent[]> {
    const found = await this.#load(queue)
    if (!found.some(({ taskId, sender }) => sender !== undefined && !isKnown(taskId))) return found
    // Without Web Locks the tab that is sending them may be alive.
    await delay(maxSendingMs, { clock: this.#options.clock, signal })
    return this.#load(queue)
  }

  #load(queue: string): Promise<readonly StoredIntent[]> {
    const { storage, owner, watch } = this.#options
    return watch.run(async () => {
      const found: readonly unknown[] = await storage.load(owner, queue)
      const own = found.filter(
        (intent): intent is StoredIntent =>
          isStoredIntent(intent) && isOwnedBy(owner, intent) && intent.queue === queue,
      )
      // An app's storage may give an intent twice.
      const once = [...new Map(own.map((intent) => [intent.taskId, intent])).values()]
      return once.sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
    })
  }
}
