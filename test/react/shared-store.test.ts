import { expect, it } from 'vitest'
import { SharedStore } from '../../src/react/shared-store.js'

/** A store that tells its listeners when the test says so. */
function lateStore() {
  const listeners = new Set<() => void>()
  let value = 0
  return {
    getSnapshot: () => value,
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    change: () => value++,
    tell() {
      for (const listener of listeners) listener()
    },
    listeners,
  }
}

it('all readers see what was told last, although the store is further', () => {
  const store = lateStore()
  const shared = new SharedStore<number>(store)
  const leave = shared.subscribe(() => {})
  store.change()
  expect(shared.getSnapshot()).toBe(0)
  store.tell()
  expect(shared.getSnapshot()).toBe(1)
  leave()
})

it('a reader that comes after all others have left sees the store as it is', () => {
  const store = lateStore()
  const shared = new SharedStore<number>(store)
  shared.subscribe(() => {})()
  store.change()
  expect(shared.getSnapshot()).toBe(1)
  expect(store.listeners.size).toBe(0)
})
