/**
 * `reconvene/storage`: unsent and unfinished messages outlive the page.
 *
 * @module
 */
export { type DurableStorage, durable, type StorageOptions } from './durable.js'
export { indexedDbStorage } from './indexed-db-storage.js'
export type { ChatStorage, IntentStore, LeftIntent, NewIntent, StoreContext } from './intent-store.js'
export { memoryStorage } from './memory-storage.js'
export type { OutboxStorage, StorageOverview } from './outbox-storage.js'
export type { Owner } from './owner.js'
export type { IntentKey, StoredIntent } from './stored-intent.js'
export type { LockListener, TabLocks } from './tab-locks.js'
