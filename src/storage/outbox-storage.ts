import { nanoid } from 'nanoid'
import { isOwnedBy, type Owner } from './owner.js'
import type { IntentKey, StoredIntent } from './stored-intent.js'

/** A storage's content of one owner. */
export interface StorageOverview {
  /** The queues that have intents in them. */
  readonly queues: readonly string[]
  /** Another value after each wipe of this owner; null if there was none. */
  readonly wipe: string | null
}

/**
 * Where unsent and unfinished intents outlive the page. Each method is one step that no other page can come between.
 * Any method may fail; sending goes on without the storage then.
 */
export interface OutboxStorage {
  overview(owner: Owner): Promise<StorageOverview>
  /** The intents of one queue, in the order in which they were put. */
  load(owner: Owner, queue: string): Promise<readonly StoredIntent[]>
  /** Adds an intent, or replaces the one of the same task where it stands. */
  put(intent: StoredIntent): Promise<void>
  /**
   * Writes `sender` into a stored intent. @returns false if the intent is not stored, or has another sender already;
   * nothing is changed then.
   */
  markSending(intent: IntentKey, sender: string): Promise<boolean>
  remove(intent: IntentKey): Promise<void>
  /** Forgets all intents of one owner, and from then on `overview` gives another `wipe`. */
  wipe(owner: Owner): Promise<void>
  /** Forgets what expired before `now`, an ISO 8601 time, of every owner but this one. */
  removeExpired(now: string, except: Owner): Promise<void>
  /** Gives back what it holds open, until it is used again. */
  close?(): Promise<void>
}

/** Keeps intents for as long as the storage itself is held, so that they outlive a client, though not a page. */
export function memoryStorage(): OutboxStorage {
  const intents = new Map<string, StoredIntent>()
  const wipes = new Map<string, string>()
  const keyOf = ({ server, identity, queue, taskId }: IntentKey) =>
    JSON.stringify([server, identity, queue, taskId])
  const ownerKey = ({ server, identity }: Owner) => JSON.stringify([server, identity])
  const all = (owner: Owner) => [...intents.values()].filter((intent) => isOwnedBy(owner, intent))
  return {
    overview: async (owner) => ({
      queues: [...new Set(all(owner).map(({ queue }) => queue))],
      wipe: wipes.get(ownerKey(owner)) ?? null,
    }),
    load: async (owner, queue) => all(owner).filter((intent) => intent.queue === queue),
    async put(intent) {
      intents.set(keyOf(intent), intent)
    },
    async markSending(key, sender) {
      const intent = intents.get(keyOf(key))
      if (!intent || (intent.sender ?? sender) !== sender) return false
      intents.set(keyOf(key), { ...intent, sender })
      return true
    },
    async remove(intent) {
      intents.delete(keyOf(intent))
    },
    async wipe(owner) {
      for (const intent of all(owner)) intents.delete(keyOf(intent))
      wipes.set(ownerKey(owner), nanoid())
    },
    async removeExpired(now, except) {
      for (const [key, intent] of intents) {
        const { expiresAt } = intent
        if (expiresAt !== undefined && expiresAt < now && !isOwnedBy(except, intent)) intents.delete(key)
      }
    },
  }
}
