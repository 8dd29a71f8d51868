import {
  useEffect,
  useInsertionEffect,
  useLayoutEffect,
  useMemo,
  useReducer,
  useState,
  useSyncExternalStore,
} from 'react'
import { PartReader } from './part-reader.js'
import type { SharedStore } from './shared-store.js'

export interface StoreReading<Shared extends SharedStore<Snapshot>, Snapshot, Part> {
  /** Looks the store up, for each render and after each change. Give the same function until it finds another store. */
  readonly find: () => Shared
  /** The state that a server renders and hydration begins with. Give the same object in every render. */
  readonly initial: Snapshot
  readonly select: (snapshot: Snapshot) => Part
  /** Calls `listener` after the changes that can concern this component. @default after every change of the store */
  readonly subscribe?: (store: Shared, listener: () => void) => () => void
}

/**
 * The one bridge between the core and React. The component renders only if the selected part changes, told by `Object.is`.
 *
 * A change is an ordinary update of a state, so React finishes a transition that is under way before it renders the change.
 * With `useSyncExternalStore` each change would be a synchronous update that discards the transition's work, and no
 * transition could finish while an answer streams. Only hydration needs that hook here, and its subscription never fires.
 */
export function useStore<Shared extends SharedStore<Snapshot>, Snapshot, Part>({
  find,
  initial,
  select,
  subscribe = subscribeToAll,
}: StoreReading<Shared, Snapshot, Part>): Part {
  const store = find()
  const [getPart, getInitialPart] = useMemo(() => {
    const current = oncePerInput(select)
    const first = oncePerInput(select)
    return [() => current(find().getSnapshot()), () => first(initial)]
  }, [find, initial, select])
  const isHydrated = useSyncExternalStore(subscribeToNothing, yes, no)
  const part = isHydrated ? getPart() : getInitialPart()

  const [, render] = useReducer(increment, 0)
  const [reader] = useState(() => new PartReader<Part>(render))
  // React runs the insertion effects of a commit before its first layout effect, so the layout effects find only the
  // components that this commit leaves behind. A commit may also leave a component behind that it renders, if the store
  // has changed since that component's turn.
  useInsertionEffect(() => {
    reader.shows(part, getPart)
    if (!reader.isOutdated) store.behind.delete(reader)
  })
  useBrowserLayoutEffect(() => {
    const look = () => {
      if (find() === store && !reader.isOutdated) return
      store.behind.add(reader)
      render()
    }
    // A component that was hidden for long may find that the client has dropped its conversation: then `look` renders it.
    const unsubscribe = find() === store ? subscribe(store, look) : () => {}
    // The store may have changed between the render and this effect.
    look()
    return () => {
      unsubscribe()
      store.behind.delete(reader)
    }
  }, [store, find, subscribe, reader])
  useBrowserLayoutEffect(() => {
    if (reader.hasChanged) store.catchUp()
  })
  return part
}

// A server runs no effects, and React 18 warns there of each layout effect.
const useBrowserLayoutEffect = typeof window === 'undefined' ? useEffect : useLayoutEffect

const increment = (version: number) => version + 1
const subscribeToAll = (store: SharedStore<unknown>, listener: () => void) => store.subscribe(listener)
const subscribeToNothing = () => () => {}
const yes = () => true
const no = () => false

/** A selector may make its result anew at each call, and React renders more than once for one change. */
function oncePerInput<Input, Output>(compute: (input: Input) => Output): (input: Input) => Output {
  let last: { readonly input: Input; readonly output: Output } | undefined
  return (input) => {
    if (last?.input !== input) last = { input, output: compute(input) }
    return last.output
  }
}
