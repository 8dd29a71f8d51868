import type { Clock, TimerId } from '../../shared/clock.js'
import type { LeaseProof } from '../store/step.js'
import type { Lease } from '../store/store.js'
import { FencedError } from './decide.js'

/** The right to run a conversation's tasks, renewed while it is held, and the count of the steps under it. */
export class HeldLease {
  readonly #lease: Lease
  readonly #clock: Clock
  readonly #ttlMs: number
  readonly #controller = new AbortController()
  #seq = 1
  #timer: TimerId | null = null
  #expiresAt: number
  #isOver = false
  /** No timer is set any more. */
  #isStopped = false

  constructor(lease: Lease, ttlMs: number, clock: Clock) {
    this.#lease = lease
    this.#clock = clock
    this.#ttlMs = ttlMs
    this.#expiresAt = clock.now() + ttlMs
    this.#renewLater()
  }

  /** Aborts when the lease is gone. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether the lease is gone; the same as `signal.aborted`, of which each reading costs a check of its own. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether the lease may still be ours, by this node's clock. */
  get isAlive(): boolean {
    return !this.#isOver && this.#clock.now() < this.#expiresAt
  }

  get proof(): LeaseProof {
    return { fence: this.#lease.fence, seq: this.#seq }
  }

  /** A step under the lease was stored. One whose reply was lost is sent again with its number, so only `ok` counts. */
  counted(): void {
    this.#seq += 1
  }

  /** Gives up what another node holds now. */
  lose(): void {
    this.#end()
  }

  /** Gives the lease back. A lease that is gone already is not: the store may be the one that no longer answers. */
  async release(): Promise<void> {
    if (this.#isOver) return
    this.#end()
    await this.#lease.release()
  }

  /** Leaves the lease to expire, as a crash does. */
  abandon(): void {
    this.#stop()
  }

  #renewLater(): void {
    this.#clearTimer()
    this.#timer = this.#clock.setTimeout(() => void this.#renew(), this.#ttlMs / 3)
  }

  async #renew(): Promise<void> {
    const askedAt = this.#clock.now()
    // A store that never answers extends nothing. A process that was paused past its lease still asks whether another node took it.
    const patienceMs = Math.max(this.#expiresAt - askedAt, this.#ttlMs / 3)
    this.#timer = this.#clock.setTimeout(() => this.lose(), patienceMs)
    try {
      const position = await this.#lease.renew(this.#ttlMs)
      if (this.#isStopped) return
      if (position === null) return this.lose()
      this.#expiresAt = askedAt + this.#ttlMs
    } catch {
      // Out of reach for the moment. The next renewal may come through; if not, the fence ends what goes on too long.
      if (this.#isStopped) return
      if (!this.isAlive) return this.lose()
    }
    this.#renewLater()
  }

  #end(): void {
    this.#stop()
    this.#isOver = true
    this.#controller.abort(new FencedError())
  }

  #stop(): void {
    this.#isStopped = true
    this.#clearTimer()
  }

  #clearTimer(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }
}
