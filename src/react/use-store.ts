import { useMemo, useSyncExternalStore } from 'react'

/** What every store of the core is to React. */
export interface Store<Snapshot> {
  readonly subscribe: (listener: () => void) => () => void
  readonly getSnapshot: () => Snapshot
}

/**
 * The one bridge between the core and React. Renders anew only when the selected part changes, told by `Object.is`.
 *
 * `initial` is what a server renders, and so what hydration must begin with: by then the browser's own store may have
 * gone on. It has to be the same object in every render.
 */
export function useStore<Snapshot, Part>(
  store: Store<Snapshot>,
  initial: Snapshot,
  select: (snapshot: Snapshot) => Part,
): Part {
  const [getPart, getInitialPart] = useMemo(() => {
    const now = oncePerInput(select)
    const first = oncePerInput(select)
    return [() => now(store.getSnapshot()), () => first(initial)]
  }, [store, initial, select])
  return useSyncExternalStore(store.subscribe, getPart, getInitialPart)
}

/** React asks more than once per render, and would loop over a selector that makes its result anew each time. */
function oncePerInput<Input, Output>(compute: (input: Input) => Output): (input: Input) => Output {
  let last: { readonly input: Input; readonly output: Output } | undefined
  return (input) => {
    if (last?.input !== input) last = { input, output: compute(input) }
    return last.output
  }
}
