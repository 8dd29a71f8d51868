import { nanoid } from 'nanoid'
import { type Owner, sharedName } from './owner.js'
import type { LockListener, TabLocks } from './tab-locks.js'

/** A message from one tab to the others of the same owner. Anything else on the channel is ignored. */
export type TabMessage = 'stored' | 'signed-out'

export interface QueueLeasesOptions {
  readonly tabs: TabLocks
  readonly owner: Owner
  /**
   * This tab holds the queue from now on, until `signal` aborts. Resolves when the tab has taken over the queue's
   * intents.
   */
  readonly takeOver: (queue: string, signal: AbortSignal) => Promise<void>
  readonly hear: (message: TabMessage) => void
}

/**
 * Decides which stored queues this tab may send. Each tab holds a lock on its own queue and waits for those of the
 * others, so a queue whose tab is closed, crashed or frozen goes to the tab that has waited longest.
 */
export class QueueLeases {
  readonly #options: QueueLeasesOptions
  readonly #claims = new Map<string, AbortController>()
  #own = nanoid()
  #running: AbortController | null = null
  #tell: (message: TabMessage) => void = () => {}

  constructor(options: QueueLeasesOptions) {
    this.#options = options
  }

  /** The queue for new intents. */
  get own(): string {
    return this.#own
  }

  get isRunning(): boolean {
    return this.#running !== null
  }

  /** Holds this tab's own queue, and listens to the other tabs. */
  start(): void {
    const { tabs, owner, hear } = this.#options
    this.#running = new AbortController()
    this.#tell = tabs.listen(sharedName(owner), this.#running.signal, (message) => {
      if (message === 'stored' || message === 'signed-out') hear(message)
    })
    this.#acquire(this.#own, this.#begin(this.#own), { held() {}, taken() {} })
  }

  /** Gives every queue back. Another tab may hold the own queue at the next start, so new intents get a new queue. */
  stop(): void {
    this.#running?.abort()
    this.#running = null
    this.#tell = () => {}
    for (const claim of this.#claims.values()) claim.abort()
    this.#claims.clear()
    this.#own = nanoid()
  }

  /** `stored`: the other tabs look into the storage, and wait from now on for each queue that they find there. */
  tell(message: TabMessage): void {
    this.#tell(message)
  }

  /**
   * Resolves when this tab has taken the queue over, or knows that another tab holds it: then this tab waits in line.
   * Resolves also if every queue is given back.
   */
  claim(queue: string): Promise<void> {
    if (!this.isRunning || this.#claims.has(queue)) return Promise.resolve()
    const signal = this.#begin(queue)
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve())
      const held = () => {
        if (!signal.aborted) this.#options.takeOver(queue, signal).then(resolve)
      }
      this.#acquire(queue, signal, { held, taken: resolve })
    })
  }

  /** Gives up an empty queue. If another tab owns it, that tab keeps using it. */
  release(queue: string): void {
    if (queue === this.#own) return
    this.#claims.get(queue)?.abort()
    this.#claims.delete(queue)
  }

  #begin(queue: string): AbortSignal {
    const claim = new AbortController()
    this.#claims.set(queue, claim)
    return claim.signal
  }

  #acquire(queue: string, signal: AbortSignal, listener: LockListener): void {
    this.#options.tabs.acquire(sharedName(this.#options.owner, queue), signal, listener)
  }
}
