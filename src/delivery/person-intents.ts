import { inTime } from '../connection/in-time.js'
import { AppError } from '../errors/app-error.js'
import { IntentStore, type IntentStoreOptions } from './intent-store.js'

export interface PersonIntentsOptions extends Omit<IntentStoreOptions, 'identity' | 'failed'> {
  /** Nobody's intents are stored. */
  readonly identity: string | undefined
  readonly translate: (error: unknown) => AppError
  /** Told of the first failure. */
  readonly failed: (error: AppError) => void
}

// Milliseconds that a sign-out waits for the storage.
const longestWipe = 5000

/** What is stored for the person who is signed in, from the first use to the sign-out. */
export class PersonIntents {
  readonly #options: PersonIntentsOptions
  #store: IntentStore | null = null
  #hasFailed = false

  constructor(options: PersonIntentsOptions) {
    this.#options = options
  }

  /** Null where nothing is to outlive the page. */
  open(): IntentStore | null {
    const { identity } = this.#options
    if (identity === undefined) return null
    this.#store ??= new IntentStore({ ...this.#options, identity, failed: (cause) => this.#failed(cause) })
    return this.#store
  }

  /** What is stored stays, for other tabs and later pages. */
  close(): void {
    this.#store?.close()
    this.#store = null
  }

  /** Gives the storage back. Whoever closes has no use for its failure. */
  async release(): Promise<void> {
    await this.#inTime(async () => this.#options.storage.close?.()).catch(() => {})
  }

  /** @throws AppError `storage_unavailable` */
  async wipe(): Promise<void> {
    const { identity, storage } = this.#options
    if (identity === undefined) return
    try {
      await this.#inTime(() => storage.wipe(identity))
    } catch (cause) {
      throw this.#unavailable('unable to wipe the storage; what it holds may stay', cause)
    }
  }

  #inTime(work: () => Promise<void>): Promise<void> {
    const { clock } = this.#options
    return inTime(work, { ms: longestWipe, clock }, tooSlow)
  }

  #failed(cause: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    const message = 'unable to use the storage; what is unsent will not outlive this page'
    this.#options.failed(this.#unavailable(message, cause))
  }

  #unavailable(message: string, raw: unknown): AppError {
    const { translate } = this.#options
    return translate(new AppError({ code: 'storage_unavailable', message, cause: translate(raw) }))
  }
}

const tooSlow = () => new Error('unable to use the storage; it takes too long')
