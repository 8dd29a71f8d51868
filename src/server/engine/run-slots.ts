import type { ConversationKey } from '../store/conversation-key.js'

/** How many answers run at once on this node, in all and for each user. A user without a slot waits, in order. */
export class RunSlots {
  readonly #limits: { readonly runs: number; readonly runsPerUser: number }
  readonly #byUser = new Map<string, number>()
  readonly #waiting = new Map<ConversationKey, string>()
  #taken = 0

  constructor(limits: { readonly runs: number; readonly runsPerUser: number }) {
    this.#limits = limits
  }

  get taken(): number {
    return this.#taken
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** @param user empty for the app itself, which has no bound of its own. @returns whether a slot was had. */
  take(user: string, key: ConversationKey): boolean {
    if (this.#isFree(user)) {
      this.#waiting.delete(key)
      this.#taken += 1
      this.#byUser.set(user, (this.#byUser.get(user) ?? 0) + 1)
      return true
    }
    this.#waiting.set(key, user)
    return false
  }

  get waitingKeys(): ConversationKey[] {
    return [...this.#waiting.keys()]
  }

  isWaiting(key: ConversationKey): boolean {
    return this.#waiting.has(key)
  }

  giveBack(user: string): void {
    this.#taken -= 1
    const left = (this.#byUser.get(user) ?? 1) - 1
    if (left > 0) this.#byUser.set(user, left)
    else this.#byUser.delete(user)
  }

  /** The conversation that waits longest of those that may run now. It no longer waits: it takes its slot, or lets the next one go on. */
  next(): ConversationKey | undefined {
    for (const [key, of] of this.#waiting) {
      if (!this.#isFree(of)) continue
      this.#waiting.delete(key)
      return key
    }
    return undefined
  }

  #isFree(user: string): boolean {
    const { runs, runsPerUser } = this.#limits
    return this.#taken < runs && (user === '' || (this.#byUser.get(user) ?? 0) < runsPerUser)
  }
}
