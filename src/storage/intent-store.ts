import { AppError } from '../errors/app-error.js'
import type { Clock } from '../shared/clock.js'
import { Condition } from '../shared/condition.js'
import type { PageSignals } from '../shared/page-signals.js'
import { withTimeout } from '../shared/with-timeout.js'
import type { OutboxStorage } from './outbox-storage.js'
import { QueueLeases } from './queue-leases.js'
import { isStoredIntent, type StoredIntent } from './stored-intent.js'
import type { TabLocks } from './tab-locks.js'

export interface IntentStoreOptions {
  readonly storage: OutboxStorage
  readonly identity: string
  readonly tabs: TabLocks
  readonly page: PageSignals
  readonly clock: Clock
  /** Brings intents that another page left, in order, to their conversation. */
  readonly adopt: (conversationId: string, intents: readonly StoredIntent[]) => void
  readonly translate: (error: unknown) => AppError
  /** Told of the first failure. */
  readonly failed: (error: AppError) => void
}

/** An intent as the outbox hands it over; the store adds whose it is and in which queue it waits. */
export type NewIntent = Pick<StoredIntent, 'taskId' | 'input' | 'createdAt'>

/** An intent that is stored, or on its way to be. */
interface Entry {
  readonly intent: StoredIntent
  /** Settles with the storage's own answer. */
  put: Promise<unknown>
  /** The same, without taking too long. */
  readonly wait: Promise<unknown>
  isStored: boolean
  /** `elsewhere`: another tab may have taken it over. `gone`: one has, and is done with it. */
  owner: 'this-tab' | 'other-tab' | 'none'
  /** Another tab may have had it meanwhile. */
  wasElsewhere: boolean
}

// Milliseconds after which a storage that hangs counts as failed: nobody shall wait for it. Opening one takes longer.
const maxPutMs = 250
const maxLoadMs = 2000
// As many for what no page has in memory. Longer than that, and a tab that has it waits in vain for this one's storage.
const maxAdoptionMs = 30_000
// As many that a sign-out, or whoever closes, waits for it.
const maxWipeMs = 5000

/** One person's intents, kept in storage. A storage that fails is told of, and done without. */
export class IntentStore {
  readonly #options: IntentStoreOptions
  readonly #leases: QueueLeases
  readonly #entries = new Map<string, Entry>()
  readonly #removals = new Set<Promise<void>>()
  readonly #changes = new Condition()
  readonly #closed = new AbortController()
  #loading: Promise<void> | null = null
  #hasFailed = false
  #stopListening = () => {}

  constructor(options: IntentStoreOptions) {
    const { tabs, identity } = options
    this.#options = options
    this.#leases = new QueueLeases({
      tabs,
      identity,
      takeOver: (queue, signal) => this.#takeOver(queue, signal),
    })
  }

  /**
   * Adopts what earlier pages left. Resolves then, or when that takes too long; what is found later is adopted later.
   * Happens once.
   */
  load(): Promise<void> {
    if (!this.#loading) {
      const { page, clock } = this.#options
      this.#stopListening = page.listen({ wake: () => this.#resume(), suspend: () => this.#suspend() }, clock)
      this.#loading = this.#claimAll()
    }
    return this.#loading
  }

  /** An intent that is stored already stays as it is. */
  put(conversationId: string, { taskId, input, createdAt }: NewIntent): void {
    if (this.#entries.has(taskId)) return
    // The queue must be this tab's before anything is in it.
    void this.load()
    const { storage, identity } = this.#options
    const queue = this.#leases.own
    const intent: StoredIntent = { version: 1, identity, queue, conversationId, taskId, input, createdAt }
    const put = attempt(() => storage.put(intent))
    const wait = this.#try(maxPutMs, () => put)
    const entry: Entry = { intent, put, wait, isStored: false, owner: 'this-tab', wasElsewhere: false }
    this.#entries.set(taskId, entry)
    const stored = () => {
      entry.isStored = true
      this.#leases.announce(queue)
    }
    // What could not be stored is in this tab's memory alone.
    const failed = () => {
      if (this.#entries.get(taskId) === entry) this.#entries.delete(taskId)
      this.#changes.notify()
    }
    put.then(stored, failed)
    // This tab may be put away before it hears that the intent is stored.
    this.#leases.announce(queue)
  }

  /**
   * Resolves when the intent is stored, or can't be, and this tab is the one to send it: it must not be sent before.
   *
   * @throws AppError where another tab took it over and is done with it.
   */
  async stored(taskId: string, signal: AbortSignal): Promise<void> {
    await this.#entries.get(taskId)?.wait
    await this.#changes.waitFor(() => {
      const owner = this.#entries.get(taskId)?.owner
      if (owner === 'none') throw doneElsewhere()
      return owner !== 'other-tab' || undefined
    }, signal)
  }

  /** Whether another tab may have taken it over, and sent it. */
  wasElsewhere(taskId: string): boolean {
    return this.#entries.get(taskId)?.wasElsewhere === true
  }

  /** A person's stop outlives the page as their message does; `false` where it came to nothing. */
  stopped(taskId: string, stopped: boolean): void {
    const { storage } = this.#options
    const entry = this.#entries.get(taskId)
    if (entry?.owner !== 'this-tab') return
    // Where this can't be noted, what is stored must be removed in the end all the same.
    const note = () => attempt(() => storage.put({ ...entry.intent, stopped })).catch(this.#failed)
    entry.put = entry.put.then(note)
    entry.put.catch(() => {})
  }

  /** After the put of the same intent, however long that takes, so that it does not come back. */
  remove(taskId: string): void {
    const { storage } = this.#options
    const entry = this.#entries.get(taskId)
    if (!entry) return
    this.#entries.delete(taskId)
    const { queue } = entry.intent
    const removal = entry.put
      // A retry may have put it again meanwhile, under the same key.
      .then(() =>
        this.#entries.get(taskId)?.intent.queue === queue ? undefined : storage.remove(entry.intent),
      )
      .catch(this.#failed)
      .finally(() => {
        this.#removals.delete(removal)
        this.#releaseIfEmpty(queue)
      })
    this.#removals.add(removal)
  }

  /** Waits for nothing more, and leaves what is stored to other tabs. */
  close(): void {
    this.#closed.abort()
    this.#stopListening()
    const stop = () => this.#leases.stop()
    // Whoever takes over now would find what is being removed, and send it.
    if (this.#removals.size > 0) this.#inTime(maxPutMs, () => Promise.all(this.#removals)).then(stop, stop)
    else stop()
  }

  /** Gives the storage back. Whoever closes has no use for its failure. */
  async release(): Promise<void> {
    await this.#inTime(maxWipeMs, async () => this.#options.storage.close?.()).catch(() => {})
  }

  /** @throws AppError `storage_unavailable` */
  async wipe(): Promise<void> {
    const { storage, identity } = this.#options
    try {
      await this.#inTime(maxWipeMs, () => storage.wipe(identity))
    } catch (cause) {
      throw this.#unavailable('unable to wipe the storage; what it holds may stay', cause)
    }
  }

  /** The page is put away: other tabs may go on with what is stored. */
  #suspend(): void {
    if (!this.#leases.isRunning) return
    this.#leases.stop()
    for (const entry of this.#entries.values()) {
      if (entry.owner === 'none') continue
      entry.owner = 'other-tab'
      entry.wasElsewhere = true
    }
  }

  /** The page is back: what no other tab has taken is its own again. */
  #resume(): void {
    if (!this.#leases.isRunning) void this.#claimAll()
  }

  async #claimAll(): Promise<void> {
    this.#leases.start()
    const claim = async (intents: readonly StoredIntent[]) => {
      const queues = new Set(intents.map(({ queue }) => queue))
      await Promise.all([...queues].map((queue) => this.#leases.claim(queue)))
    }
    const known = [...this.#entries.values()].map(({ intent }) => intent)
    // What is known here must not wait for a storage that fails now.
    await this.#try(maxLoadMs, () => Promise.all([claim(known), this.#read().then(claim)]))
  }

  async #takeOver(queue: string, signal: AbortSignal): Promise<void> {
    const { adopt } = this.#options
    const known = [...this.#entries.values()].filter(({ intent }) => intent.queue === queue)
    // What is not stored yet would look as if another tab had removed it.
    await Promise.all(known.map(({ wait }) => wait))
    // What is known waits for the answer; what is found late is adopted late.
    const ms = known.length > 0 ? maxLoadMs : maxAdoptionMs
    // A storage that fails says nothing about what became of it: this tab goes on.
    const found = await this.#inTime(ms, () => this.#read(), signal).catch((error: unknown) => {
      if (!signal.aborted) this.#failed(error)
    })
    // What is being removed keeps the queues for a moment longer than this store.
    if (signal.aborted || this.#closed.signal.aborted) return
    const inQueue = found?.filter((intent) => intent.queue === queue)
    const left = new Set(inQueue?.map(({ taskId }) => taskId))
    for (const [taskId, entry] of this.#entries) {
      if (entry.intent.queue === queue && entry.owner === 'other-tab')
        entry.owner = found && entry.isStored && !left.has(taskId) ? 'none' : 'this-tab'
    }
    const unknown = (inQueue ?? []).filter(({ taskId }) => !this.#entries.has(taskId))
    // An app's storage may give one twice.
    const fresh = [...new Map(unknown.map((intent) => [intent.taskId, intent])).values()]
    const stored = Promise.resolve()
    for (const intent of fresh)
      this.#entries.set(intent.taskId, {
        intent,
        put: stored,
        wait: stored,
        isStored: true,
        owner: 'this-tab',
        wasElsewhere: true,
      })
    for (const id of new Set(fresh.map(({ conversationId }) => conversationId)))
      adopt(
        id,
        fresh.filter(({ conversationId }) => conversationId === id),
      )
    this.#changes.notify()
    this.#releaseIfEmpty(queue)
  }

  #releaseIfEmpty(queue: string): void {
    const isLeft = [...this.#entries.values()].some(({ intent }) => intent.queue === queue)
    if (!isLeft) this.#leases.release(queue)
  }

  async #read(): Promise<StoredIntent[]> {
    const { storage, identity } = this.#options
    const found: readonly unknown[] = await storage.load(identity)
    return found.filter(isStoredIntent).filter((intent) => intent.identity === identity)
  }

  async #try(ms: number, work: () => Promise<unknown>): Promise<void> {
    const { signal } = this.#closed
    try {
      await this.#inTime(ms, work, signal)
    } catch (error) {
      if (!signal.aborted) this.#failed(error)
    }
  }

  #inTime<T>(ms: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return withTimeout(work, { ms, clock: this.#options.clock, signal }, tooSlow)
  }

  #failed = (cause: unknown): void => {
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

/** An app's storage may throw instead of rejecting. */
const attempt = <T>(work: () => Promise<T>): Promise<T> => new Promise((resolve) => resolve(work()))

const tooSlow = () => new Error('unable to use the storage; it takes too long')

const doneElsewhere = () =>
  new AppError({
    code: 'interrupted',
    retryable: false,
    message: 'unable to send; another tab took the message over and has given it up',
  })
