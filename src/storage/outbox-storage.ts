import type { IntentKey, StoredIntent } from './stored-intent.js'

/** Where unsent and unfinished intents outlive the page. Any method may fail; sending goes on without it then. */
export interface OutboxStorage {
  /** All of one person, those of a queue in the order in which they were put. */
  load(identity: string): Promise<readonly StoredIntent[]>
  /** Adds an intent, or replaces the one of the same task where it stands. */
  put(intent: StoredIntent): Promise<void>
  remove(intent: IntentKey): Promise<void>
  /** Forgets all of one person. */
  wipe(identity: string): Promise<void>
  /** Gives back what it holds open, until it is used again. */
  close?(): Promise<void>
}

/** Keeps intents for as long as the storage itself is held, so that they outlive a client, though not a page. */
export function memoryStorage(): OutboxStorage {
  const intents = new Map<string, StoredIntent>()
  const keyOf = ({ identity, queue, taskId }: IntentKey) => JSON.stringify([identity, queue, taskId])
  const of = (owner: string) => [...intents.values()].filter(({ identity }) => identity === owner)
  return {
    load: async (identity) => of(identity),
    async put(intent) {
      intents.set(keyOf(intent), intent)
    },
    async remove(intent) {
      intents.delete(keyOf(intent))
    },
    async wipe(identity) {
      for (const intent of of(identity)) intents.delete(keyOf(intent))
    },
  }
}
