import { nanoid } from 'nanoid'
import { type DurableStorage, durable, type StorageOptions } from './durable.js'
import type { OutboxStorage } from './outbox-storage.js'
import { isOwnedBy, type Owner } from './owner.js'
import type { IntentKey, StoredIntent } from './stored-intent.js'

/** Keeps intents for as long as the storage itself is held, so that they outlive a client, though not a page. */
export const memoryStorage = (options?: StorageOptions): DurableStorage => durable(memoryOutbox(), options)

export function memoryOutbox(): OutboxStorage {
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
