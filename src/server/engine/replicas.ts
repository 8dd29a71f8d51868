import { LRUCache } from 'lru-cache'
import type { ConversationKey } from '../store/conversation-key.js'
import { Replica, type ReplicaOptions } from './replica.js'

export interface ReplicasOptions extends ReplicaOptions {
  /** Characters of JSON that all folds together may hold. */
  readonly maxSize: number
}

interface Entry {
  readonly replica: Replica
  /** Operations that use it now. */
  users: number
  /** Joined connections and runs, which must hear what others append. */
  holders: number
}

// The cost of a fold beside its messages.
const overhead = 1000

/** The conversations that this node knows. The folds of those that are used least make room for others. */
export class Replicas {
  readonly #options: ReplicasOptions
  readonly #entries = new Map<ConversationKey, Entry>()
  readonly #folds: LRUCache<ConversationKey, Pick<Entry, 'replica'>>

  constructor(options: ReplicasOptions) {
    this.#options = options
    this.#folds = new LRUCache<ConversationKey, Pick<Entry, 'replica'>>({
      maxSize: options.maxSize,
      // The cache would not keep a fold that is larger than the cache, and so never give it up either.
      sizeCalculation: ({ replica }) =>
        Math.min(options.maxSize, overhead + Math.max(0, replica.state?.size ?? 0)),
      dispose: ({ replica }, key, reason) => {
        if (reason === 'set') return
        replica.forget()
        this.#drop(key)
      },
    })
  }

  get size(): number {
    return this.#entries.size
  }

  /** Characters of JSON that the folds hold, as of their last use. */
  get heldSize(): number {
    return this.#folds.calculatedSize
  }

  /** The replica, if the node has it. */
  peek(key: ConversationKey): Replica | undefined {
    return this.#entries.get(key)?.replica
  }

  /** @throws the error of `operation`. */
  async use<T>(key: ConversationKey, operation: (replica: Replica) => Promise<T> | T): Promise<T> {
    const entry = this.#entry(key)
    entry.users += 1
    try {
      return await operation(entry.replica)
    } finally {
      entry.users -= 1
      this.#settle(key, entry)
    }
  }

  /** Keeps the replica, and hears what others append, until `release`. */
  async hold(key: ConversationKey): Promise<Replica> {
    const entry = this.#entry(key)
    entry.holders += 1
    try {
      await entry.replica.follow()
      return entry.replica
    } catch (error) {
      this.release(key)
      throw error
    }
  }

  release(key: ConversationKey): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    entry.holders -= 1
    if (entry.holders > 0) return
    entry.replica.unfollow().catch(this.#options.onFailed)
    this.#settle(key, entry)
  }

  /** Ends all subscriptions. */
  async close(): Promise<void> {
    const replicas = [...this.#entries.values()].map(({ replica }) => replica)
    this.#entries.clear()
    this.#folds.clear()
    await Promise.all(replicas.map((replica) => replica.unfollow()))
  }

  #entry(key: ConversationKey): Entry {
    const held = this.#entries.get(key)
    if (held) return held
    const entry = { replica: new Replica(key, this.#options), users: 0, holders: 0 }
    this.#entries.set(key, entry)
    return entry
  }

  #settle(key: ConversationKey, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return
    const isIdle = entry.users === 0 && entry.holders === 0
    if (isIdle && !entry.replica.exists) {
      // A stranger can name any number of conversations that do not exist: nothing of them is kept.
      this.#folds.delete(key)
      this.#drop(key)
    }
    // Weighed again: it may have grown. The cache does not weigh what it holds already, so it is given a new one.
    else if (entry.replica.state) this.#folds.set(key, { replica: entry.replica })
    else {
      this.#folds.delete(key)
      this.#drop(key)
    }
  }

  #drop(key: ConversationKey): void {
    const entry = this.#entries.get(key)
    if (entry && entry.users === 0 && entry.holders === 0) this.#entries.delete(key)
  }
}
