import { AppError } from '../errors/app-error.js'
import { attempt } from '../shared/attempt.js'
import { Condition } from '../shared/wait.js'
import type { IntentStore, NewIntent, StoreContext } from './intent-store.js'
import type { OutboxStorage } from './outbox-storage.js'
import type { Owner } from './owner.js'
import { QueueLeases, type TabMessage } from './queue-leases.js'
import { SendingMarks } from './sending-marks.js'
import { StorageReader } from './storage-reader.js'
import { StorageWatch } from './storage-watch.js'
import type { StoredIntent } from './stored-intent.js'
import type { TabLocks } from './tab-locks.js'

export interface DurableStoreOptions {
  readonly context: StoreContext
  readonly storage: OutboxStorage
  readonly owner: Owner
  readonly tabs: TabLocks
}

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

/** One owner's intents, kept in an adapter. If the adapter fails, the store tells once and sending goes on without it. */
export class DurableStore implements IntentStore {
  readonly #options: DurableStoreOptions
  readonly #watch: StorageWatch
  readonly #leases: QueueLeases
  readonly #entries = new Map<string, Entry>()
  readonly #removals = new Map<Promise<void>, string>()
  readonly #changes = new Condition()
  /** The place in the queue of the intent that was stored last. */
  #lastOrder = 0
  /** Null if the server recognises a repeat. */
  readonly #marks: SendingMarks | null
  readonly #reader: StorageReader
  #loading: Promise<void> | null = null
  #stopListening = () => {}

  constructor(options: DurableStoreOptions) {
    const { tabs, owner, storage, context } = options
    this.#options = options
    this.#watch = new StorageWatch(context)
    this.#marks = context.isIdempotent ? null : new SendingMarks(storage, this.#watch)
    this.#reader = new StorageReader({
      storage,
      owner,
      clock: context.clock,
      watch: this.#watch,
      found: (queues) => this.#claim(queues),
      onWipe: () => this.#signedOut(),
    })
    this.#leases = new QueueLeases({
      tabs,
      owner,
      takeOver: (queue, signal) => this.#takeOver(queue, signal),
      hear: (message) => this.#hear(message),
    })
  }

  load(): Promise<void> {
    if (!this.#loading) {
      const { storage, owner, context } = this.#options
      const { page, clock } = context
      this.#stopListening = page.listen({ wake: () => this.#wake(), suspend: () => this.#suspend() }, clock)
      this.#loading = this.#claimAll()
      const now = new Date(clock.now()).toISOString()
      this.#watch.run(() => storage.removeExpired(now, owner)).catch(() => {})
    }
    return this.#loading
  }

  put(conversationId: string, { taskId, input, createdAt }: NewIntent): void {
    const known = this.#entries.get(taskId)
    if (this.#marks?.hasFailed(taskId) || (known && isFree(known))) return
    // The queue must be this tab's before anything is in it.
    void this.load()
    const { owner, context } = this.#options
    const queue = this.#leases.own
    const expiresAt = new Date(Date.parse(createdAt) + context.maxAge).toISOString()
    const intent = {
      version: 1,
      ...owner,
      queue,
      conversationId,
      order: ++this.#lastOrder,
      taskId,
      input,
      createdAt,
      expiresAt,
    } as const
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

  async stored(taskId: string, signal: AbortSignal): Promise<void> {
    // A page that is back may have been signed out meanwhile.
    await this.#loading
    await this.#entries.get(taskId)?.wait
    await this.#whenOwned(taskId, signal)
    const entry = this.#entries.get(taskId)
    if (!this.#marks || !entry) return
    if (!(await this.#marks.mark(entry, signal))) throw sentElsewhere()
    // The page may have been put away meanwhile.
    await this.#whenOwned(taskId, signal)
  }

  async whenBack(taskId: string, signal: AbortSignal): Promise<boolean> {
    const owner = this.#entries.get(taskId)?.owner
    // Also another tab that is done with the intent has it no more.
    await this.#whenOwned(taskId, signal).catch(() => {})
    return owner === 'other-tab'
  }

  wasElsewhere(taskId: string): boolean {
    return this.#entries.get(taskId)?.wasElsewhere === true
  }

  stopped(taskId: string, stopped: boolean): void {
    const { storage } = this.#options
    const entry = this.#entries.get(taskId)
    if (entry?.owner !== 'this-tab') return
    const note = () => attempt(() => storage.put({ ...entry.intent, stopped })).catch(this.#watch.report)
    // Also if the stop cannot be noted, the intent must be removed in the end.
    entry.put = entry.put.then(note)
    entry.put.catch(() => {})
  }

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
    this.#removals.set(removal, taskId)
    // If the storage hangs, a tab that waits for the queue must not wait for ever.
    void this.#watch.waitAtMost(maxAdoptionMs, removal).then(() => {
      // A store that is closed gives its queues back when it has removed everything.
      if (this.#watch.isClosed) return
      this.#removals.delete(removal)
      this.#releaseIfEmpty(queue)
    })
  }

  async close(): Promise<void> {
    this.#stop()
    await this.#giveBack()
  }

  async signOut(): Promise<void> {
    const { storage, owner } = this.#options
    // A store that was never used has no listener, and must still tell the other tabs.
    if (!this.#leases.isRunning) this.#leases.start()
    this.#leases.tell('signed-out')
    this.#stop()
    try {
      await this.#watch.withTimeout(maxWipeMs, () => storage.wipe(owner))
    } catch (cause) {
      throw this.#watch.unavailable('unable to wipe the storage; its intents may stay', cause)
    } finally {
      void this.#giveBack()
    }
  }

  /** A caller who closes or signs out has no use for a failure of this. */
  async #giveBack(): Promise<void> {
    await this.#watch.withTimeout(maxWipeMs, async () => this.#options.storage.close?.()).catch(() => {})
  }

  #stop(): void {
    this.#watch.close()
    this.#stopListening()
    const stop = () => this.#leases.stop()
    // A tab that took over now would find an intent that is being removed, and send it.
    if (this.#removals.size > 0)
      this.#watch.withTimeout(maxPutMs, () => Promise.all(this.#removals.keys())).then(stop, stop)
    else stop()
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
    if (this.#leases.isRunning) void this.#reader.look()
    else this.#loading = this.#claimAll()
  }

  #hear(message: TabMessage): void {
    if (this.#watch.isClosed) return
    if (message === 'signed-out') this.#signedOut()
    else void this.#reader.look()
  }

  #signedOut(): void {
    const { translate, signedOut } = this.#options.context
    const message = 'unable to go on; this person signed out in another tab'
    signedOut(translate(new AppError({ code: 'signed_out', message })))
  }

  async #claimAll(): Promise<void> {
    this.#leases.start()
    const known = [...this.#entries.values()].map(({ intent }) => intent.queue)
    // Known intents must not wait for a storage that fails now.
    await this.#watch.waitAtMost(maxLoadMs, Promise.all([this.#claim(known), this.#reader.look()]))
  }

  async #claim(queues: readonly string[]): Promise<void> {
    await Promise.all(queues.map((queue) => this.#leases.claim(queue)))
  }

  async #takeOver(queue: string, signal: AbortSignal): Promise<void> {
    const known = [...this.#entries.values()].filter(({ intent }) => intent.queue === queue)
    // An intent that is not stored yet would look as if another tab had removed it.
    await Promise.all(known.map(({ wait }) => wait))
    // Intents in memory wait for this read, so it gets the short limit. Unknown ones may be adopted later.
    const ms = known.length > 0 ? maxLoadMs : maxAdoptionMs
    const read = () => this.#reader.read(queue, (taskId) => this.#entries.has(taskId), signal)
    // The read may still find an intent that this tab removes meanwhile. If the tab adopted the intent, it would send it again.
    const seen = new Set([...known.map(({ intent }) => intent.taskId), ...this.#removals.values()])
    // A storage that fails cannot say that another tab was done with an intent: this tab goes on with it.
    const found = await this.#watch.withTimeout(ms, read, signal).catch(() => undefined)
    // While intents are being removed, the queues stay this tab's for a moment after it was closed.
    if (signal.aborted || this.#watch.isClosed) return
    const left = new Set(found?.map(({ taskId }) => taskId))
    for (const [taskId, entry] of this.#entries) {
      if (entry.intent.queue === queue && entry.owner === 'other-tab')
        entry.owner = found && entry.isStored && !left.has(taskId) ? 'none' : 'this-tab'
    }
    this.#adopt((found ?? []).filter(({ taskId }) => !seen.has(taskId)))
    this.#changes.notify()
    this.#releaseIfEmpty(queue)
  }

  #adopt(found: readonly StoredIntent[]): void {
    const { adopt, translate } = this.#options.context
    const fresh = found.filter(({ taskId }) => !this.#entries.has(taskId))
    const stored = Promise.resolve()
    const common = {
      put: stored,
      wait: stored,
      isStored: true,
      owner: 'this-tab',
      wasElsewhere: true,
    } as const
    for (const intent of fresh) this.#entries.set(intent.taskId, { intent, ...common })
    const left = fresh.map((intent) =>
      intent.sender === undefined ? intent : { ...intent, error: translate(maybeSent()) },
    )
    for (const id of new Set(fresh.map(({ conversationId }) => conversationId)))
      adopt(
        id,
        left.filter(({ conversationId }) => conversationId === id),
      )
  }

  /** Resolves if this tab is the one to send the intent. @throws AppError if another tab is done with it. */
  #whenOwned(taskId: string, signal: AbortSignal): Promise<true> {
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

const doneElsewhere = () =>
  new AppError({
    code: 'interrupted',
    retryable: false,
    message: 'unable to send; another tab took the message over and has given it up',
  })

const maybeSent = () =>
  new AppError({
    code: 'maybe_sent',
    message: 'unable to tell whether the message was sent; the page that sent it was closed meanwhile',
  })

const sentElsewhere = () =>
  new AppError({
    code: 'maybe_sent',
    message: 'unable to send; another tab took the message over, and may have sent it',
  })
