import { AppError } from '../errors/app-error.js'
import { attempt } from '../shared/attempt.js'
import type { Clock } from '../shared/clock.js'
import type { PageSignals } from '../shared/page-signals.js'
import { Condition } from '../shared/wait.js'
import type { OutboxStorage } from './outbox-storage.js'
import type { Owner } from './owner.js'
import { QueueLeases, type TabMessage } from './queue-leases.js'
import { SendingMarks } from './sending-marks.js'
import { StorageReader } from './storage-reader.js'
import { StorageWatch } from './storage-watch.js'
import type { StoredIntent } from './stored-intent.js'
import type { TabLocks } from './tab-locks.js'

export interface IntentStoreOptions {
  readonly storage: OutboxStorage
  readonly owner: Owner
  readonly tabs: TabLocks
  readonly page: PageSignals
  readonly clock: Clock
  /** Milliseconds after which an intent is of no use any more; may be `Infinity`. */
  readonly maxAge: number
  /** Whether the server recognises an intent that it is sent twice. */
  readonly isIdempotent: boolean
  /** Brings intents that another page left, in order, to their conversation. */
  readonly adopt: (conversationId: string, intents: readonly StoredIntent[]) => void
  /** The owner has signed out in another tab. */
  readonly signedOut: () => void
  readonly translate: (error: unknown) => AppError
  /** Told of the first failure. */
  readonly failed: (error: AppError) => void
}

/** An intent as the outbox hands it over; the store adds the owner and the queue. */
export type NewIntent = Pick<StoredIntent, 'taskId' | 'input' | 'createdAt'>

/** An intent that is stored, or on its way to be. */
interface Entry {
  intent: StoredIntent
  /** Settles with the storage's own answer. */
  put: Promise<unknown>
  /** Resolves when the intent is stored or cannot be, at the latest after `maxPutMs`. */
  readonly wait: Promise<unknown>
  isStored: boolean
  /** `other-tab`: another tab may have taken the intent over. `none`: another tab has, and is done with it. */
  owner: 'this-tab' | 'other-tab' | 'none'
  /** Another tab may have had the intent meanwhile. */
  wasElsewhere: boolean
}

// Milliseconds that a send waits for the storage. A storage that takes longer is still used, but not waited for.
const maxPutMs = 250
// Milliseconds that the first send waits for what earlier pages left.
const maxLoadMs = 2000
// The same for intents that no page has in memory. While this tab holds a queue that it cannot read, no other tab can.
const maxAdoptionMs = 30_000
// Milliseconds that a sign-out, or a caller of `close()`, waits for the storage.
const maxWipeMs = 5000

/** One owner's intents, kept in storage. If the storage fails, the store tells once and sending goes on without it. */
export class IntentStore {
  readonly #options: IntentStoreOptions
  readonly #watch: StorageWatch
  readonly #leases: QueueLeases
  readonly #entries = new Map<string, Entry>()
  readonly #removals = new Set<Promise<void>>()
  readonly #changes = new Condition()
  /** Null if the server recognises a repeat. */
  readonly #marks: SendingMarks | null
  readonly #reader: StorageReader
  #loading: Promise<void> | null = null
  #stopListening = () => {}

  constructor(options: IntentStoreOptions) {
    const { tabs, owner, storage, clock, isIdempotent, signedOut } = options
    this.#options = options
    this.#watch = new StorageWatch(options)
    this.#marks = isIdempotent ? null : new SendingMarks(storage, this.#watch)
    this.#reader = new StorageReader({ storage, owner, clock, watch: this.#watch, wiped: signedOut })
    this.#leases = new QueueLeases({
      tabs,
      owner,
      takeOver: (queue, signal) => this.#takeOver(queue, signal),
      heard: (message) => this.#hear(message),
    })
  }

  /**
   * Adopts what earlier pages left. Resolves then, or when that takes too long; intents that are found later are adopted
   * later. Happens once.
   */
  load(): Promise<void> {
    if (!this.#loading) {
      const { page, clock, storage, owner } = this.#options
      this.#stopListening = page.listen({ wake: () => this.#wake(), suspend: () => this.#suspend() }, clock)
      this.#loading = this.#claimAll()
      const now = new Date(clock.now()).toISOString()
      this.#watch.run(() => storage.removeExpired(now, owner)).catch(() => {})
    }
    return this.#loading
  }

  /** Stores an intent. One that is stored already stays as it is, unless a person has decided to send it once more. */
  put(conversationId: string, { taskId, input, createdAt }: NewIntent): void {
    const known = this.#entries.get(taskId)
    if (this.#marks?.hasFailed(taskId) || (known && isFree(known))) return
    // The queue must be this tab's before anything is in it.
    void this.load()
    const { owner, maxAge } = this.#options
    const queue = this.#leases.own
    const intent = withExpiry(
      { version: 1, ...owner, queue, conversationId, taskId, input, createdAt },
      maxAge,
    )
    if (known) this.remove(taskId)
    const put = this.#watch.run(() => this.#options.storage.put(intent))
    const wait = this.#watch.waitAtMost(maxPutMs, put)
    const entry: Entry = { intent, put, wait, isStored: false, owner: 'this-tab', wasElsewhere: false }
    this.#entries.set(taskId, entry)
    const stored = () => {
      entry.isStored = true
      this.#leases.tell('stored')
    }
    // The intent is in this tab's memory alone.
    const failed = () => {
      if (this.#entries.get(taskId) === entry) this.#entries.delete(taskId)
      this.#changes.notify()
    }
    put.then(stored, failed)
  }

  /**
   * Resolves when the intent may be sent: it is stored or cannot be, and this tab is the one to send it.
   *
   * @throws AppError `interrupted` if another tab took it over and is done with it. If the server does not recognise a
   * repeat: `maybe_sent` if another tab was first, `storage_unavailable` if the storage could not note that the intent
   * leaves.
   */
  async stored(taskId: string, signal: AbortSignal): Promise<void> {
    // A page that is back may have been signed out meanwhile.
    await this.#loading
    await this.#entries.get(taskId)?.wait
    await this.#owned(taskId, signal)
    const entry = this.#entries.get(taskId)
    if (!this.#marks || !entry) return
    if (!(await this.#marks.mark(entry, signal))) throw sentElsewhere()
    // The page may have been put away meanwhile.
    await this.#owned(taskId, signal)
  }

  /** Whether another tab may have taken the intent over, and sent it. */
  wasElsewhere(taskId: string): boolean {
    return this.#entries.get(taskId)?.wasElsewhere === true
  }

  /** A person's stop outlives the page as their message does; `false` if the stop came to nothing. */
  stopped(taskId: string, stopped: boolean): void {
    const { storage } = this.#options
    const entry = this.#entries.get(taskId)
    if (entry?.owner !== 'this-tab') return
    const note = () => attempt(() => storage.put({ ...entry.intent, stopped })).catch(this.#watch.report)
    // Also if the stop cannot be noted, the intent must be removed in the end.
    entry.put = entry.put.then(note)
    entry.put.catch(() => {})
  }

  /** Removes an intent after it was put, however long that takes, so that it does not come back. */
  remove(taskId: string): void {
    const { storage } = this.#options
    const entry = this.#entries.get(taskId)
    if (!entry) return
    this.#entries.delete(taskId)
    const { queue } = entry.intent
    const removal = entry.put
      // A retry may have put the intent again meanwhile, under the same key.
      .then(() =>
        this.#entries.get(taskId)?.intent.queue === queue ? undefined : storage.remove(entry.intent),
      )
      .catch(this.#watch.report)
    this.#removals.add(removal)
    const release = () => {
      this.#removals.delete(removal)
      this.#releaseIfEmpty(queue)
    }
    void removal.then(release)
    // If the storage hangs, a tab that waits for the queue must not wait for ever.
    void this.#watch.waitAtMost(maxAdoptionMs, removal).then(() => {
      if (!this.#watch.isClosed) release()
    })
  }

  /** Ends every wait, and leaves what is stored to other tabs. */
  close(): void {
    this.#watch.close()
    this.#stopListening()
    const stop = () => this.#leases.stop()
    // A tab that took over now would find an intent that is being removed, and send it.
    if (this.#removals.size > 0)
      this.#watch.withTimeout(maxPutMs, () => Promise.all(this.#removals)).then(stop, stop)
    else stop()
  }

  /** Gives the storage back. A caller who closes has no use for its failure. */
  async release(): Promise<void> {
    await this.#watch.withTimeout(maxWipeMs, async () => this.#options.storage.close?.()).catch(() => {})
  }

  /**
   * Tells the owner's other tabs that the owner has left, closes, and forgets all intents of the owner.
   *
   * @throws AppError `storage_unavailable`
   */
  async signOut(): Promise<void> {
    const { storage, owner } = this.#options
    // A store that was never used has no listener, and must still tell the other tabs.
    if (!this.#leases.isRunning) this.#leases.start()
    this.#leases.tell('signed-out')
    this.close()
    try {
      await this.#watch.withTimeout(maxWipeMs, () => storage.wipe(owner))
    } catch (cause) {
      throw this.#watch.unavailable('unable to wipe the storage; its intents may stay', cause)
    }
  }

  /** The page is put away: other tabs may go on with its intents. */
  #suspend(): void {
    if (!this.#leases.isRunning) return
    this.#leases.tell('stored')
    this.#leases.stop()
    for (const entry of this.#entries.values()) {
      if (entry.owner === 'none') continue
      entry.owner = 'other-tab'
      entry.wasElsewhere = true
    }
  }

  /** After the page was put away, its own intents are those that no other tab has taken. */
  #wake(): void {
    if (this.#leases.isRunning) void this.#claimFound()
    else this.#loading = this.#claimAll()
  }

  #hear(message: TabMessage): void {
    if (this.#watch.isClosed) return
    if (message === 'signed-out') this.#options.signedOut()
    else void this.#claimFound()
  }

  async #claimAll(): Promise<void> {
    this.#leases.start()
    const known = [...this.#entries.values()].map(({ intent }) => intent.queue)
    // Known intents must not wait for a storage that fails now.
    const claims = Promise.all([...new Set(known)].map((queue) => this.#leases.claim(queue)))
    await this.#watch.waitAtMost(maxLoadMs, Promise.all([claims, this.#claimFound()]))
  }

  /** Claims every queue that the storage holds. */
  async #claimFound(): Promise<void> {
    const claim = (queues: readonly string[]) =>
      Promise.all(queues.map((queue) => this.#leases.claim(queue))).then(() => {})
    // The watch has told of a failure.
    await this.#reader.look(claim).then(claim, () => {})
  }

  async #takeOver(queue: string, signal: AbortSignal): Promise<void> {
    const known = [...this.#entries.values()].filter(({ intent }) => intent.queue === queue)
    // An intent that is not stored yet would look as if another tab had removed it.
    await Promise.all(known.map(({ wait }) => wait))
    // Intents in memory wait for this read, so it gets the short limit. Unknown ones may be adopted later.
    const ms = known.length > 0 ? maxLoadMs : maxAdoptionMs
    const read = () => this.#reader.read(queue, (taskId) => this.#entries.has(taskId), signal)
    // A storage that fails cannot say that another tab was done with an intent: this tab goes on with it.
    const found = await this.#watch.withTimeout(ms, read, signal).catch(() => undefined)
    // While intents are being removed, the queues stay this tab's for a moment after it was closed.
    if (signal.aborted || this.#watch.isClosed) return
    const left = new Set(found?.map(({ taskId }) => taskId))
    for (const [taskId, entry] of this.#entries) {
      if (entry.intent.queue === queue && entry.owner === 'other-tab')
        entry.owner = found && entry.isStored && !left.has(taskId) ? 'none' : 'this-tab'
    }
    this.#adopt(found ?? [])
    this.#changes.notify()
    this.#releaseIfEmpty(queue)
  }

  #adopt(found: readonly StoredIntent[]): void {
    const { adopt } = this.#options
    const unknown = found.filter(({ taskId }) => !this.#entries.has(taskId))
    // An app's storage may give an intent twice.
    const fresh = [...new Map(unknown.map((intent) => [intent.taskId, intent])).values()]
    const stored = Promise.resolve()
    const common = {
      put: stored,
      wait: stored,
      isStored: true,
      owner: 'this-tab',
      wasElsewhere: true,
    } as const
    for (const intent of fresh) this.#entries.set(intent.taskId, { intent, ...common })
    for (const id of new Set(fresh.map(({ conversationId }) => conversationId)))
      adopt(
        id,
        fresh.filter(({ conversationId }) => conversationId === id),
      )
  }

  /** Resolves if this tab is the one to send the intent. @throws AppError if another tab is done with it. */
  #owned(taskId: string, signal: AbortSignal): Promise<true> {
    return this.#changes.waitFor(() => {
      const owner = this.#entries.get(taskId)?.owner
      if (owner === 'none') throw doneElsewhere()
      return owner !== 'other-tab'
    }, signal)
  }

  #releaseIfEmpty(queue: string): void {
    const isLeft = [...this.#entries.values()].some(({ intent }) => intent.queue === queue)
    if (!isLeft) this.#leases.release(queue)
  }
}

/** Whether a stored intent may be sent by itself: no page was about to send it, or this tab has it under way. */
const isFree = ({ intent, wasElsewhere }: Entry): boolean => intent.sender === undefined || !wasElsewhere

function withExpiry(intent: StoredIntent, maxAge: number): StoredIntent {
  const expiry = new Date(Date.parse(intent.createdAt) + maxAge)
  return Number.isNaN(expiry.getTime()) ? intent : { ...intent, expiresAt: expiry.toISOString() }
}

const doneElsewhere = () =>
  new AppError({
    code: 'interrupted',
    retryable: false,
    message: 'unable to send; another tab took the message over and has given it up',
  })

const sentElsewhere = () =>
  new AppError({
    code: 'maybe_sent',
    message: 'unable to send; another tab took the message over, and may have sent it',
  })
