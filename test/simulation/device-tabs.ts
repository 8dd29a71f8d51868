import type { LockListener, TabLocks } from '../../src/storage/tab-locks.js'
import type { ProcessClock } from './process-clock.js'

interface Waiter {
  readonly page: number
  readonly clock: ProcessClock
  readonly listener: LockListener
}

interface Hearer {
  /** The channel's. */
  readonly name: string
  readonly page: number
  readonly clock: ProcessClock
  readonly heard: (message: unknown) => void
}

/** What a browser's tabs share: locks, which go to the next in line when a tab is gone, and a channel. */
export class DeviceTabs {
  /** By lock, who waits for it; the first one holds it. */
  readonly #lines = new Map<string, Waiter[]>()
  readonly #hearers = new Set<Hearer>()

  /** As one page has them. */
  openFor(page: number, clock: ProcessClock): TabLocks {
    return {
      acquire: (name, signal, listener) => {
        const waiter = { page, clock, listener }
        clock.setTimeout(() => {
          if (signal.aborted) return
          const line = this.#lines.get(name) ?? []
          this.#lines.set(name, [...line, waiter])
          if (line.length === 0) listener.held()
          else listener.taken()
        }, 1)
        signal.addEventListener('abort', () => this.#leave(name, (other) => other === waiter))
      },
      listen: (name, signal, heard) => {
        const hearer = { name, page, clock, heard }
        this.#hearers.add(hearer)
        signal.addEventListener('abort', () => this.#hearers.delete(hearer))
        return (message) => {
          for (const other of this.#hearers)
            if (other !== hearer && other.name === name) other.clock.setTimeout(() => other.heard(message), 1)
        }
      },
    }
  }

  /** A page is gone without a word; the browser knows. */
  drop(page: number): void {
    for (const hearer of this.#hearers) if (hearer.page === page) this.#hearers.delete(hearer)
    for (const name of [...this.#lines.keys()]) this.#leave(name, (waiter) => waiter.page === page)
  }

  #leave(name: string, isGone: (waiter: Waiter) => boolean): void {
    const before = this.#lines.get(name) ?? []
    const after = before.filter((waiter) => !isGone(waiter))
    this.#lines.set(name, after)
    const [next] = after
    if (next && next !== before[0]) next.clock.setTimeout(() => this.#grant(name, next), 1)
  }

  #grant(name: string, waiter: Waiter): void {
    if (this.#lines.get(name)?.[0] === waiter) waiter.listener.held()
  }
}
