import type { StoredIntent } from './stored-intent.js'

/** Where unsent and unfinished intents outlive the page. Any method may fail; sending goes on without it then. */
export interface OutboxStorage {
  /** Those of one person in one conversation, in the order in which they were put. */
  load(identity: string, conversationId: string): Promise<readonly StoredIntent[]>
  /** Adds an intent, or replaces the one of the same task where it stands. */
  put(intent: StoredIntent): Promise<void>
  remove(intent: Pick<StoredIntent, 'identity' | 'conversationId' | 'taskId'>): Promise<void>
  /** Forgets all of one person. */
  wipe(identity: string): Promise<void>
}

/** Keeps intents for as long as the storage itself is held, so that they outlive a client, though not a page. */
export function memoryStorage(): OutboxStorage {
  const intents = new Map<string, StoredIntent>()
  const keyOf = ({
    identity,
    conversationId,
    taskId,
  }: Pick<StoredIntent, 'identity' | 'conversationId' | 'taskId'>) =>
    JSON.stringify([identity, conversationId, taskId])
  return {
    load: async (identity, conversationId) =>
      [...intents.values()].filter(
        (intent) => intent.identity === identity && intent.conversationId === conversationId,
      ),
    async put(intent) {
      intents.set(keyOf(intent), intent)
    },
    async remove(intent) {
      intents.delete(keyOf(intent))
    },
    async wipe(identity) {
      for (const [key, intent] of intents) if (intent.identity === identity) intents.delete(key)
    },
  }
}
