import { useCallback, useRef, useSyncExternalStore } from 'react'

/** What every store of the core is to React. */
export interface Store<Snapshot> {
  subscribe(listener: () => void): () => void
  getSnapshot(): Snapshot
}

/** The one bridge between the core and React. The server renders the same snapshot: it needs no network to exist. */
export function useStore<Snapshot>(store: Store<Snapshot>): Snapshot {
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot)
}

/** A part of a store. Renders anew only when the part does, told by `Object.is`. */
export function useSelected<Snapshot, Part>(
  store: Store<Snapshot>,
  select: (snapshot: Snapshot) => Part,
): Part {
  const latest = useRef<{ snapshot: Snapshot; select: (snapshot: Snapshot) => Part; part: Part } | null>(null)
  const getPart = useCallback(() => {
    const snapshot = store.getSnapshot()
    const known = latest.current
    if (known?.snapshot === snapshot && known.select === select) return known.part
    const part = select(snapshot)
    latest.current = { snapshot, select, part }
    return part
  }, [store, select])
  return useSyncExternalStore(store.subscribe, getPart, getPart)
}
