import { AppError } from '../errors/app-error.js'
import { attempt } from '../shared/attempt.js'
import { withTimeout } from '../shared/with-timeout.js'
import type { StoreContext } from './intent-store.js'

type StorageWatchOptions = Pick<StoreContext, 'clock' | 'translate' | 'failed'>

// Milliseconds after which a storage that does not answer counts as failed. A browser may take seconds to open its
// database, and nothing waits for so long.
const maxAnswerMs = 10_000

/** Watches a storage, which may be the app's own: it may fail, hang, or throw instead of rejecting. */
export class StorageWatch {
  readonly #options: StorageWatchOptions
  readonly #closed = new AbortController()
  #hasFailed = false

  constructor(options: StorageWatchOptions) {
    this.#options = options
  }

  get isClosed(): boolean {
    return this.#closed.signal.aborted
  }

  /** Runs an operation, and tells if it fails or hangs. */
  run<T>(operation: () => Promise<T>): Promise<T> {
    const result = attempt(operation)
    this.withTimeout(maxAnswerMs, () => result, this.#closed.signal).catch((error: unknown) => {
      if (!this.isClosed) this.report(error)
    })
    return result
  }

  /** Resolves when `work` is over, however it ends, at the latest after `ms` milliseconds or when the watch is closed. */
  async waitAtMost(ms: number, work: Promise<unknown>): Promise<void> {
    await this.withTimeout(ms, () => work, this.#closed.signal).catch(() => {})
  }

  /** @throws the operation's error, an error after `ms` milliseconds, or the signal's reason. */
  withTimeout<T>(ms: number, operation: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return withTimeout(operation, { ms, clock: this.#options.clock, signal }, tooSlow)
  }

  /** Tells of a failure, unless one was told before. */
  report = (cause: unknown): void => {
    if (this.#hasFailed) return
    this.#hasFailed = true
    const message = 'unable to use the storage; unsent messages will not outlive this page'
    this.#options.failed(this.unavailable(message, cause))
  }

  unavailable(message: string, raw: unknown): AppError {
    const { translate } = this.#options
    return translate(new AppError({ code: 'storage_unavailable', message, cause: translate(raw) }))
  }

  /** Ends every wait. */
  close(): void {
    this.#closed.abort()
  }
}

const tooSlow = () => new Error('unable to use the storage; it takes too long')
