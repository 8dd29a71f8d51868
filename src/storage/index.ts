/**
 * `reconvene/storage`: unsent and unfinished messages outlive the page.
 *
 * @module
 */
export { indexedDbStorage } from './indexed-db-storage.js'
export type { OutboxStorage, StorageOverview } from './outbox-storage.js'
export type { Owner } from './owner.js'
export type { IntentKey, StoredIntent } from './stored-intent.js'
