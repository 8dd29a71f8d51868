import type { ChatStore, Lease } from '../../src/server/store/index.js'

/** A store as one process sees it: when the process is killed, nothing that it asked for comes back. */
export interface ProcessStore extends ChatStore {
  /** @param keepsLeases as on a database that other processes share; a store inside the process knows that it is gone. */
  kill(options?: { readonly keepsLeases?: boolean }): void
}

export function processStore(store: ChatStore): ProcessStore {
  let isDead = false
  const leases = new Set<Lease>()
  const undo = new Set<() => Promise<void>>()
  const never = new Promise<never>(() => {})
  const alive =
    <Args extends unknown[], T>(method: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      if (isDead) return never
      const result = await method(...args)
      return isDead ? never : result
    }
  return {
    read: alive((key, options) => store.read(key, options)),
    history: alive((key, before, max) => store.history(key, before, max)),
    append: alive((key, step) => store.append(key, step)),
    compact: alive((key, compaction) => store.compact(key, compaction)),
    publish: alive((message) => store.publish(message)),
    due: alive((max, options) => store.due(max, options)),
    lease: alive(async (key, node, ttlMs) => {
      const lease = await store.lease(key, node, ttlMs)
      if (!lease) return null
      leases.add(lease)
      return {
        ...lease,
        fence: lease.fence,
        position: lease.position,
        renew: alive((ms) => lease.renew(ms)),
        release: alive(() => lease.release()),
      }
    }),
    subscribe: alive(async (key, listener) => {
      const stop = await store.subscribe(key, (change) => !isDead && listener(change))
      undo.add(stop)
      return stop
    }),
    listen: alive(async (listener) => {
      const stop = await store.listen((message) => !isDead && listener(message))
      undo.add(stop)
      return stop
    }),
    close: async () => {},
    kill: ({ keepsLeases = false } = {}) => {
      isDead = true
      for (const stop of undo) void stop()
      if (!keepsLeases) for (const lease of leases) void lease.release()
    },
  }
}
