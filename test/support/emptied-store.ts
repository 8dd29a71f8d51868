import type { ConversationKey } from '../../src/server/store/conversation-key.js'
import { type MemoryStore, memoryStore } from '../../src/server/store/memory-store.js'
import type { Change, Unsubscribe } from '../../src/server/store/store.js'

export interface EmptiedStore extends MemoryStore {
  /** All that was stored is gone, as after `FLUSHALL`: connections and subscriptions stay, and nobody is told. */
  empty(): Promise<void>
}

interface Subscription {
  readonly key: ConversationKey
  readonly listener: (change: Change) => void
  stop: Unsubscribe
}

export function emptiedStore(options: Parameters<typeof memoryStore>[0] = {}): EmptiedStore {
  let inner = memoryStore(options)
  const subscriptions = new Set<Subscription>()
  const store: EmptiedStore = {
    connect: () => store,
    read: (...given) => inner.read(...given),
    history: (...given) => inner.history(...given),
    append: (...given) => inner.append(...given),
    compact: (...given) => inner.compact(...given),
    publish: (...given) => inner.publish(...given),
    listen: (...given) => inner.listen(...given),
    due: (...given) => inner.due(...given),
    lease: async (...given) => {
      const granted = inner
      const lease = await granted.lease(...given)
      return (
        lease && {
          fence: lease.fence,
          position: lease.position,
          renew: async (ms) => (inner === granted ? lease.renew(ms) : null),
          release: async () => (inner === granted ? lease.release() : undefined),
        }
      )
    },
    subscribe: async (key, listener) => {
      const subscription = { key, listener, stop: await inner.subscribe(key, listener) }
      subscriptions.add(subscription)
      return async () => {
        subscriptions.delete(subscription)
        await subscription.stop()
      }
    },
    close: () => inner.close(),
    empty: async () => {
      inner = memoryStore(options)
      for (const subscription of subscriptions)
        subscription.stop = await inner.subscribe(subscription.key, subscription.listener)
    },
  }
  return store
}
