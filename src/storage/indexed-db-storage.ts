import { createStore, promisifyRequest } from 'idb-keyval'
import type { OutboxStorage } from './outbox-storage.js'
import { type IntentKey, isStoredIntent } from './stored-intent.js'

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const taskIdOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'taskId' in value ? value.taskId : undefined

// A record's key is the identity and the queue. An array comes after every string, so this is all of one identity
// (Indexed Database API, "key construct").
const allOf = (identity: string) => IDBKeyRange.bound([identity], [identity, []])

/**
 * Keeps intents in the browser's IndexedDB, so that they outlive the page. One record a queue, changed in one
 * transaction, so that two tabs never overwrite each other. A damaged entry is left where it is, and passed over.
 *
 * @param name of the database, for pages of one origin that must not share it. @default 'reconvene'
 */
export function indexedDbStorage(name = 'reconvene'): OutboxStorage {
  let opened: ReturnType<typeof createStore> | undefined
  let database: IDBDatabase | undefined
  // Opened at the first use, since a server that renders the page has no IndexedDB.
  const store: ReturnType<typeof createStore> = (mode, work) => {
    opened ??= createStore(name, 'outbox')
    return opened(mode, (records) => {
      database = records.transaction.db
      // Another tab's newer version of the app must not wait for this one.
      database.onversionchange = close
      return work(records)
    })
  }
  const close = () => {
    database?.close()
    database = opened = undefined
  }
  // Read, changed and written in one transaction; a queue without intents leaves no record.
  const change = (
    { identity, queue }: IntentKey,
    apply: (intents: readonly unknown[]) => readonly unknown[],
  ): Promise<void> =>
    store('readwrite', (records) => {
      const key = [identity, queue]
      const reading = records.get(key)
      reading.onsuccess = () => {
        const intents = apply(listOf(reading.result))
        if (intents.length > 0) records.put(intents, key)
        else records.delete(key)
      }
      return promisifyRequest(records.transaction)
    })

  return {
    async load(identity) {
      const records = await store('readonly', (all) => promisifyRequest(all.getAll(allOf(identity))))
      return records.flatMap(listOf).filter(isStoredIntent)
    },
    put: (intent) =>
      change(intent, (intents) =>
        intents.some((known) => taskIdOf(known) === intent.taskId)
          ? intents.map((known) => (taskIdOf(known) === intent.taskId ? intent : known))
          : [...intents, intent],
      ),
    remove: (intent) =>
      change(intent, (intents) => intents.filter((known) => taskIdOf(known) !== intent.taskId)),
    wipe: (identity) =>
      store('readwrite', (records) => {
        records.delete(allOf(identity))
        return promisifyRequest(records.transaction)
      }),
    async close() {
      try {
        // What is being opened can be closed only then, and what was asked for before is done by then. A database with
        // a transaction that goes on would stay open for so long.
        if (opened) await store('readonly', ({ transaction }) => promisifyRequest(transaction))
      } finally {
        close()
      }
    },
  }
}
