import { inTime } from '../connection/in-time.js'
import type { Clock } from '../shared/clock.js'
import type { LocalTask } from './local-task.js'
import type { OutboxStorage } from './outbox-storage.js'
import { isStoredIntent, type StoredIntent } from './stored-intent.js'

export interface IntentStoreOptions {
  readonly storage: OutboxStorage
  readonly identity: string
  readonly conversationId: string
  readonly clock: Clock
  /** Told of each failure. */
  readonly failed: (error: unknown) => void
}

// Milliseconds after which a storage that hangs counts as failed: nobody shall wait for it. Opening one takes longer.
const longestPut = 250
const longestLoad = 2000

/** One person's intents in one conversation, kept in storage. A storage that fails is told of, and done without. */
export class IntentStore {
  readonly #options: IntentStoreOptions
  readonly #closed = new AbortController()
  /** Each intent that is stored, or on its way to be. */
  readonly #puts = new Map<string, Promise<void>>()
  /** The same, without those that take too long. */
  readonly #waits = new Map<string, Promise<void>>()

  constructor(options: IntentStoreOptions) {
    this.#options = options
  }

  /**
   * Calls `restore` with what is stored under this identity. Resolves then, or when that takes too long; what is found
   * later is restored later.
   */
  load(restore: (intents: readonly StoredIntent[]) => void): Promise<void> {
    const { storage, identity, conversationId } = this.#options
    return this.#try(longestLoad, async () => {
      const found: readonly unknown[] = await storage.load(identity, conversationId)
      const own = found
        .filter(isStoredIntent)
        .filter((intent) => intent.identity === identity && intent.conversationId === conversationId)
      for (const { taskId } of own) this.#puts.set(taskId, Promise.resolve())
      if (!this.#closed.signal.aborted) restore(own)
    })
  }

  /** What is stored already stays as it is. */
  put({ taskId, input, createdAt }: LocalTask): void {
    if (input === null || this.#puts.has(taskId)) return
    const store = () => {
      const intent = { version: 1 as const, ...this.#key(taskId), input, createdAt }
      const putting = Promise.resolve(this.#options.storage.put(intent))
      this.#puts.set(taskId, putting)
      return putting
    }
    this.#waits.set(taskId, this.#try(longestPut, store))
  }

  /** Resolves when the intent is stored, or can't be: it must not be sent before. */
  async stored(taskId: string): Promise<void> {
    await this.#waits.get(taskId)
  }

  /** After the put of the same intent, however long that takes, so that it does not come back. */
  remove(taskId: string): void {
    const putting = this.#puts.get(taskId)
    this.#waits.delete(taskId)
    if (!this.#puts.delete(taskId)) return
    const remove = () => this.#options.storage.remove(this.#key(taskId))
    Promise.resolve(putting)
      .then(remove)
      .catch((error: unknown) => this.#options.failed(error))
  }

  /** Waits for nothing more. */
  close(): void {
    this.#closed.abort()
  }

  async #try(ms: number, work: () => Promise<void>): Promise<void> {
    const { clock, failed } = this.#options
    const { signal } = this.#closed
    try {
      await inTime<void>(work, { ms, clock, signal }, tooSlow)
    } catch (error) {
      if (!signal.aborted) failed(error)
    }
  }

  #key(taskId: string) {
    const { identity, conversationId } = this.#options
    return { identity, conversationId, taskId }
  }
}

const tooSlow = () => new Error('unable to use the storage; it takes too long')
