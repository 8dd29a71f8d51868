import { createStore, delMany, get, keys, promisifyRequest } from 'idb-keyval'
import type { OutboxStorage } from './outbox-storage.js'
import { isStoredIntent, type StoredIntent } from './stored-intent.js'

type Place = Pick<StoredIntent, 'identity' | 'conversationId'>

const keyOf = ({ identity, conversationId }: Place): [string, string] => [identity, conversationId]

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const taskIdOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'taskId' in value ? value.taskId : undefined

/**
 * Keeps intents in the browser's IndexedDB, so that they outlive the page. One record a conversation, changed in one
 * transaction, so that two tabs never overwrite each other. A damaged entry is left where it is, and passed over.
 *
 * @param name of the database, for pages of one origin that must not share it. @default 'reconvene'
 */
export function indexedDbStorage(name = 'reconvene'): OutboxStorage {
  let opened: ReturnType<typeof createStore> | undefined
  // Opened at the first use, since a server that renders the page has no IndexedDB.
  const store = () => {
    opened ??= createStore(name, 'outbox')
    return opened
  }
  // Read, changed and written in one transaction; a conversation without intents leaves no record.
  const change = (place: Place, apply: (intents: readonly unknown[]) => readonly unknown[]): Promise<void> =>
    store()('readwrite', (records) => {
      const key = keyOf(place)
      const reading = records.get(key)
      reading.onsuccess = () => {
        const intents = apply(listOf(reading.result))
        if (intents.length > 0) records.put(intents, key)
        else records.delete(key)
      }
      return promisifyRequest(records.transaction)
    })

  return {
    async load(identity, conversationId) {
      const stored = listOf(await get<unknown>(keyOf({ identity, conversationId }), store()))
      return stored.filter(isStoredIntent)
    },
    put: (intent) =>
      change(intent, (intents) =>
        intents.some((known) => taskIdOf(known) === intent.taskId)
          ? intents.map((known) => (taskIdOf(known) === intent.taskId ? intent : known))
          : [...intents, intent],
      ),
    remove: (intent) =>
      change(intent, (intents) => intents.filter((known) => taskIdOf(known) !== intent.taskId)),
    async wipe(identity) {
      const all = await keys<[string, string]>(store())
      await delMany(
        all.filter(([owner]) => owner === identity),
        store(),
      )
    },
  }
}
