import { type DBSchema, type IDBPDatabase, type IDBPObjectStore, openDB } from 'idb'
import { nanoid } from 'nanoid'
import { type DurableStorage, durable, type StorageOptions } from './durable.js'
import type { OutboxStorage } from './outbox-storage.js'
import { isOwnedBy, type Owner } from './owner.js'
import { ReopeningDatabase } from './reopening-database.js'
import { type IntentKey, isStoredIntent, type StoredIntent } from './stored-intent.js'

type QueueKey = [server: string, identity: string, queue: string]

interface Schema extends DBSchema {
  /** One record an intent, so that storing one costs the same however many are stored. */
  intents: {
    key: number
    value: StoredIntent
    indexes: {
      queue: QueueKey
      task: [...QueueKey, taskId: string]
      expiry: [expiresAt: string, server: string, identity: string]
    }
  }
  /** By a digest of the owner, a value that each wipe changes: of who has left, nothing readable stays. */
  wipes: { key: number; value: string }
}

type Names = ('intents' | 'wipes')[]
type Mode = 'readonly' | 'readwrite'
type Intents<M extends Mode> = IDBPObjectStore<Schema, Names, 'intents', M>
type Wipes<M extends Mode> = IDBPObjectStore<Schema, Names, 'wipes', M>

const keyOf = (
  intents: Intents<'readwrite'>,
  { server, identity, queue, taskId }: IntentKey,
): Promise<number | undefined> => intents.index('task').getKey([server, identity, queue, taskId])

// An array comes after every string, so these are all queues of one owner (Indexed Database API, "key construct").
const allOf = ({ server, identity }: Owner) => IDBKeyRange.bound([server, identity], [server, identity, []])

/** FNV-1a. A collision signs an owner out who has not left; with a handful of owners that is one in a billion. */
function digest({ server, identity }: Owner): number {
  let hash = 0x811c9dc5
  for (const char of JSON.stringify([server, identity]))
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return hash
}

const open = (name: string, onLost: () => void): Promise<IDBPDatabase<Schema>> =>
  openDB<Schema>(name, 2, {
    upgrade(database) {
      for (const old of [...database.objectStoreNames]) database.deleteObjectStore(old)
      const intents = database.createObjectStore('intents', { autoIncrement: true })
      intents.createIndex('queue', ['server', 'identity', 'queue'])
      intents.createIndex('task', ['server', 'identity', 'queue', 'taskId'])
      intents.createIndex('expiry', ['expiresAt', 'server', 'identity'])
      database.createObjectStore('wipes')
    },
    // A newer version of the app in another tab must not wait for this one.
    blocking: onLost,
    terminated: onLost,
  })

/**
 * Keeps intents in the browser's IndexedDB, so that they outlive the page. Each is a record of its own; a damaged one is
 * left where it is, and passed over. If the browser has closed the database, it is opened again.
 *
 * @param name of the database, for pages of one origin that must not share it. @default 'reconvene'
 */
export const indexedDbStorage = (name?: string, options?: StorageOptions): DurableStorage =>
  durable(indexedDbOutbox(name), options)

export function indexedDbOutbox(name = 'reconvene'): OutboxStorage {
  const database = new ReopeningDatabase((onLost) => open(name, onLost))
  const inTransaction = <M extends Mode, T>(
    mode: M,
    work: (intents: Intents<M>, wipes: Wipes<M>) => Promise<T>,
  ): Promise<T> =>
    database.run(async (opened) => {
      const transaction = opened.transaction(['intents', 'wipes'], mode)
      const working = work(transaction.objectStore('intents'), transaction.objectStore('wipes'))
      // Both may fail, and each failure needs a listener.
      const [result] = await Promise.all([working, transaction.done])
      return result
    })

  return {
    overview: (owner) =>
      inTransaction('readonly', async (intents, wipes) => {
        const wipe = (await wipes.get(digest(owner))) ?? null
        const queues: string[] = []
        let cursor = await intents.index('queue').openKeyCursor(allOf(owner), 'nextunique')
        for (; cursor; cursor = await cursor.continue()) queues.push(cursor.key[2])
        return { queues, wipe }
      }),
    load: (owner, queue) =>
      inTransaction('readonly', async (intents) => {
        const keys = await intents.index('queue').getAllKeys([owner.server, owner.identity, queue])
        // One by one: a browser reads the result of one request at one go, and megabytes would block the page.
        const found: unknown[] = await Promise.all(keys.map((key) => intents.get(key)))
        return found.filter(isStoredIntent)
      }),
    put: (intent) =>
      inTransaction('readwrite', async (intents) => {
        await intents.put(intent, await keyOf(intents, intent))
      }),
    markSending: (intent, sender) =>
      inTransaction('readwrite', async (intents) => {
        const key = await keyOf(intents, intent)
        const stored = key === undefined ? undefined : await intents.get(key)
        if (stored === undefined || (stored.sender ?? sender) !== sender) return false
        await intents.put({ ...stored, sender }, key)
        return true
      }),
    remove: (intent) =>
      inTransaction('readwrite', async (intents) => {
        const key = await keyOf(intents, intent)
        if (key !== undefined) await intents.delete(key)
      }),
    wipe: (owner) =>
      inTransaction('readwrite', async (intents, wipes) => {
        const keys = await intents.index('queue').getAllKeys(allOf(owner))
        await Promise.all(keys.map((key) => intents.delete(key)))
        await wipes.put(nanoid(), digest(owner))
      }),
    removeExpired: (now, except) =>
      inTransaction('readwrite', async (intents) => {
        let cursor = await intents.index('expiry').openKeyCursor(IDBKeyRange.upperBound([now], true))
        for (; cursor; cursor = await cursor.continue()) {
          const [, server, identity] = cursor.key
          if (!isOwnedBy(except, { server, identity })) await intents.delete(cursor.primaryKey)
        }
      }),
    close: () => database.close(),
  }
}
