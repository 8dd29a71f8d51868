import type { LocalTask } from './local-task.js'
import type { OutboxStorage } from './outbox-storage.js'
import type { StoredIntent } from './stored-intent.js'

/** One person's intents in one conversation, kept in storage. A storage that fails is told of, and done without. */
export class IntentStore {
  readonly #storage: OutboxStorage
  readonly #identity: string
  readonly #conversationId: string
  readonly #failed: (error: unknown) => void

  constructor(
    storage: OutboxStorage,
    identity: string,
    conversationId: string,
    failed: (error: unknown) => void,
  ) {
    this.#storage = storage
    this.#identity = identity
    this.#conversationId = conversationId
    this.#failed = failed
  }

  async load(): Promise<readonly StoredIntent[]> {
    try {
      return await this.#storage.load(this.#identity, this.#conversationId)
    } catch (error) {
      this.#failed(error)
      return []
    }
  }

  /** Resolves when the intent is stored, or can't be: it must not be sent before. */
  async put({ taskId, input, createdAt }: LocalTask): Promise<void> {
    if (input === null) return
    await this.#try(this.#storage.put({ version: 1, ...this.#key(taskId), input, createdAt }))
  }

  remove(taskId: string): void {
    void this.#try(this.#storage.remove(this.#key(taskId)))
  }

  async #try(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#failed(error)
    }
  }

  #key(taskId: string) {
    return { identity: this.#identity, conversationId: this.#conversationId, taskId }
  }
}
