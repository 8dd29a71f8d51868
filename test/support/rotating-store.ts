import type { ConversationKey } from '../../src/server/store/conversation-key.js'
import type { MemoryStore } from '../../src/server/store/memory-store.js'
import type { StorePosition } from '../../src/server/store/step.js'
import type { Change } from '../../src/server/store/store.js'

export interface RotatingStore extends MemoryStore {
  /** Begins a new epoch that holds the same events, as a store on Redis does after a restart, and tells whoever listens. */
  rotate(): Promise<void>
}

export function rotatingStore(inner: MemoryStore): RotatingStore {
  let lives = 0
  const listeners = new Set<{ readonly key: ConversationKey; readonly listener: (change: Change) => void }>()
  const mark = '~'
  const named = (epoch: string) => (lives === 0 ? epoch : `${epoch}${mark}${lives}`)
  /** The store's own name of an epoch; of one that is over, a name that the store does not know. */
  const inside = (epoch: string) =>
    (named(epoch.split(mark)[0] ?? '') === epoch ? epoch.split(mark)[0] : 'over') ?? ''
  const outside = <T extends { readonly position: StorePosition }>(found: T): T => ({
    ...found,
    position: { ...found.position, epoch: named(found.position.epoch) },
  })
  const connect = (store: MemoryStore): MemoryStore => ({
    connect: () => connect(store.connect()),
    read: async (key, { after, ...options } = {}) =>
      outside(
        await store.read(key, {
          ...options,
          ...(after && { after: { ...after, epoch: inside(after.epoch) } }),
        }),
      ),
    history: async (key, before, max) => {
      const page = await store.history(key, before, max)
      return page && outside(page)
    },
    append: async (key, step) =>
      outside(
        await store.append(
          key,
          step.kind === 'run'
            ? step
            : { ...step, expect: { ...step.expect, epoch: inside(step.expect.epoch) } },
        ),
      ),
    lease: async (key, node, ttlMs) => {
      const lease = await store.lease(key, node, ttlMs)
      return (
        lease &&
        outside({
          ...lease,
          renew: async (ms) => {
            const position = await lease.renew(ms)
            return position && outside({ position }).position
          },
        })
      )
    },
    compact: async (key, compaction) =>
      outside(await store.compact(key, { ...compaction, epoch: inside(compaction.epoch) })),
    subscribe: async (key, listener) => {
      const one = { key, listener: (change: Change) => listener(outside(change)) }
      listeners.add(one)
      const stop = await store.subscribe(key, one.listener)
      return async () => {
        listeners.delete(one)
        await stop()
      }
    },
    publish: (message) => store.publish(message),
    listen: (listener) => store.listen(listener),
    due: (max, options) => store.due(max, options),
    close: () => store.close(),
  })
  return {
    ...connect(inner),
    async rotate() {
      lives += 1
      for (const { key, listener } of listeners)
        listener({ position: (await inner.read(key)).position, events: [] })
    },
  }
}
