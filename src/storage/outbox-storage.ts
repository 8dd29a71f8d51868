import type { Owner } from './owner.js'
import type { IntentKey, StoredIntent } from './stored-intent.js'

/** A storage's content of one owner. */
export interface StorageOverview {
  /** The queues that have intents in them. */
  readonly queues: readonly string[]
  /** Another value after each wipe of this owner; null if there was none. */
  readonly wipe: string | null
}

/**
 * A place for unsent and unfinished intents, of which `durable` makes a client's storage. Each method is one step that no
 * other page can come between. Any method may fail; sending goes on without the storage then.
 */
export interface OutboxStorage {
  overview(owner: Owner): Promise<StorageOverview>
  /** The intents of one queue, in any order. */
  load(owner: Owner, queue: string): Promise<readonly StoredIntent[]>
  /** Adds an intent, or replaces the one of the same task. */
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
