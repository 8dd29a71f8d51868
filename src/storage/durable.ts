import { hasMethods, withDefaults } from '../shared/check-option.js'
import { DurableStore } from './durable-store.js'
import type { ChatStorage } from './intent-store.js'
import type { OutboxStorage } from './outbox-storage.js'
import { serverKey } from './server-key.js'
import { browserTabLocks, type TabLocks } from './tab-locks.js'

export interface StorageOptions {
  /** How tabs share what is stored. @default Web Locks and a BroadcastChannel */
  readonly tabs?: TabLocks | undefined
}

export interface DurableStorage extends ChatStorage {
  /** The place itself, for a storage of your own that wraps it. */
  readonly adapter: OutboxStorage
}

const checkAdapter = hasMethods('overview', 'load', 'put', 'markSending', 'remove', 'wipe', 'removeExpired')

/**
 * Makes a client's storage of a place of your own: `new ChatClient({ url, identity, storage: durable(adapter) })`.
 *
 * @throws TypeError naming the method or the option that is wrong.
 */
export function durable(adapter: OutboxStorage, options?: StorageOptions): DurableStorage {
  checkAdapter('adapter', adapter)
  const { tabs } = withDefaults(
    '',
    options,
    { tabs: browserTabLocks },
    { tabs: hasMethods('acquire', 'listen') },
  )
  return {
    adapter,
    open(context) {
      const owner = { identity: context.identity, server: serverKey(context.server) }
      return new DurableStore({ storage: adapter, tabs, owner, context })
    },
  }
}
