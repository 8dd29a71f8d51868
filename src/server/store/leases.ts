import type { Clock } from '../../shared/clock.js'
import type { ConversationKey } from './conversation-key.js'

interface Holding {
  readonly node: string
  readonly fence: number
  until: number
}

/** The leases of conversations that are this process's alone. */
export class Leases {
  readonly #clock: Clock
  readonly #held = new Map<ConversationKey, Holding>()
  #fence = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Every fence that is given from now on is higher. */
  startAbove(fence: number) {
    this.#fence = Math.max(this.#fence, fence)
  }

  /** The holder now, if there is one. */
  holderOf(key: ConversationKey): string | null {
    const holding = this.#held.get(key)
    return holding && holding.until > this.#clock.now() ? holding.node : null
  }

  /** The fence of the newest lease, also of one that has expired or was released. @param stored the last one that appended. */
  fenceOf(key: ConversationKey, stored: number): number {
    return Math.max(stored, this.#held.get(key)?.fence ?? 0)
  }

  /** A new fence; null while another node holds the lease. */
  take(key: ConversationKey, node: string, ttlMs: number): number | null {
    const holder = this.holderOf(key)
    if (holder !== null && holder !== node) return null
    this.#fence += 1
    this.#held.set(key, { node, fence: this.#fence, until: this.#clock.now() + ttlMs })
    return this.#fence
  }

  /** False if another lease came after that one. An expired lease that no other node took is extended. */
  renew(key: ConversationKey, fence: number, ttlMs: number): boolean {
    const holding = this.#held.get(key)
    if (holding?.fence !== fence || holding.until === RELEASED) return false
    holding.until = this.#clock.now() + ttlMs
    return true
  }

  /** The fence stays known until the conversation is closed, or a step of the lease could be stored after all. */
  release(key: ConversationKey, fence: number) {
    const holding = this.#held.get(key)
    if (holding?.fence === fence) holding.until = RELEASED
  }

  /** For a conversation without a run: an older lease can't append to it either. */
  forget(key: ConversationKey) {
    if (this.holderOf(key) === null) this.#held.delete(key)
  }
}

const RELEASED = 0
