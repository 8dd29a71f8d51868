import { nanoid } from 'nanoid'
import type { OutboxStorage } from './outbox-storage.js'
import type { StorageWatch } from './storage-watch.js'
import type { StoredIntent } from './stored-intent.js'

/** An intent whose put was begun. */
interface Stored {
  intent: StoredIntent
  readonly put: Promise<unknown>
}

// Milliseconds that a send waits for its mark.
const maxMarkMs = 2000

/**
 * Notes in the storage that an intent is about to leave, for a server that does not recognise a repeat: of several pages
 * that have an intent, one gets its mark, and a page that finds another page's mark asks the person.
 */
export class SendingMarks {
  readonly #storage: OutboxStorage
  readonly #watch: StorageWatch
  readonly #sender = nanoid()
  readonly #failed = new Set<string>()

  constructor(storage: OutboxStorage, watch: StorageWatch) {
    this.#storage = storage
    this.#watch = watch
  }

  /** Whether a mark of this task has failed: if a person retries the task, it is sent without the storage. */
  hasFailed(taskId: string): boolean {
    return this.#failed.has(taskId)
  }

  /**
   * @returns whether this page may send the intent.
   * @throws AppError `storage_unavailable` if the storage could not say; nothing may be sent then.
   */
  async mark(entry: Stored, signal: AbortSignal): Promise<boolean> {
    const mark = async () => {
      const isStored = await entry.put.then(
        () => true,
        () => false,
      )
      // An intent that could not be stored is in this page's memory alone.
      return !isStored || this.#storage.markSending(entry.intent, this.#sender)
    }
    const isMarked = await this.#watch.withTimeout(maxMarkMs, mark, signal).catch((cause: unknown) => {
      signal.throwIfAborted()
      this.#failed.add(entry.intent.taskId)
      throw this.#watch.unavailable('unable to note that the message leaves; it was not sent', cause)
    })
    if (isMarked) entry.intent = { ...entry.intent, sender: this.#sender }
    return isMarked
  }
}
