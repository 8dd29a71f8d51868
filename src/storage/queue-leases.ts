import { nanoid } from 'nanoid'
import { isId } from '../protocol/is.js'
import type { LockListener, TabLocks } from './tab-locks.js'

export interface QueueLeasesOptions {
  readonly tabs: TabLocks
  readonly identity: string
  /**
   * A queue that no tab holds any more is this tab's now, until `signal` aborts. Resolves when what is in it has been
   * taken over.
   */
  readonly takeOver: (queue: string, signal: AbortSignal) => Promise<void>
}

/**
 * Which stored queues are this tab's. Each tab holds a lock on its own queue and waits for those of the others, so a
 * queue whose tab is closed, crashed or frozen goes to the tab that has waited longest.
 */
export class QueueLeases {
  readonly #options: QueueLeasesOptions
  readonly #claims = new Map<string, AbortController>()
  #own = nanoid()
  #running: AbortController | null = null
  #tell: (message: unknown) => void = () => {}

  constructor(options: QueueLeasesOptions) {
    this.#options = options
  }

  /** Where what is new belongs. */
  get own(): string {
    return this.#own
  }

  get isRunning(): boolean {
    return this.#running !== null
  }

  /** Holds this tab's own queue, and hears of the others'. */
  start(): void {
    const { tabs, identity } = this.#options
    this.#running = new AbortController()
    this.#tell = tabs.listen(this.#running.signal, (message) => {
      if (!Array.isArray(message) || message[0] !== identity || !isId(message[1])) return
      void this.claim(message[1])
    })
    this.#acquire(this.#own, this.#begin(this.#own), { held() {}, taken() {} })
  }

  /** Gives everything back. What comes after the next start belongs in a new queue: this one may be another tab's then. */
  stop(): void {
    this.#running?.abort()
    this.#running = null
    this.#tell = () => {}
    for (const claim of this.#claims.values()) claim.abort()
    this.#claims.clear()
    this.#own = nanoid()
  }

  /** Lets the other tabs know that something is in this queue: they wait for it from now on. */
  announce(queue: string): void {
    this.#tell([this.#options.identity, queue])
  }

  /**
   * Resolves when the queue is taken over, or another tab is known to hold it: then it's waited for. Resolves when
   * everything is given back, too.
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

  /** Nothing is in it any more; where it is another tab's own, that one goes on with it. */
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
    const name = `reconvene ${JSON.stringify([this.#options.identity, queue])}`
    this.#options.tabs.acquire(name, signal, listener)
  }
}
