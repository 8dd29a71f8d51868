import { Listeners } from '../shared/listeners.js'

/** A store of the core, as React sees it. */
export interface Store<Snapshot> {
  readonly subscribe: (listener: () => void) => () => void
  readonly getSnapshot: () => Snapshot
}

/** A mounted component that reads a store. */
export interface Reader {
  readonly render: () => void
}

/**
 * One store for all components that read it. While a component is subscribed, each component reads the snapshot that the
 * listeners were last told of, because the core's own may be newer: a component that mounted with the newer one would
 * show something else than the components beside it.
 */
export class SharedStore<Snapshot> implements Store<Snapshot> {
  readonly #store: Store<Snapshot>
  readonly #listeners = new Listeners()
  #told: { readonly snapshot: Snapshot } | null = null
  #unsubscribe = () => {}
  /** Readers that were told of a change and have not shown it yet: React may finish a transition first. */
  readonly behind = new Set<Reader>()

  constructor(store: Store<Snapshot>) {
    this.#store = store
  }

  getSnapshot = (): Snapshot => (this.#told ? this.#told.snapshot : this.#store.getSnapshot())

  subscribe = (listener: () => void): (() => void) => {
    const isFirst = !this.#listeners.isHeard
    const remove = this.#listeners.add(listener)
    if (isFirst) {
      this.#unsubscribe = this.#store.subscribe(this.#tell)
      this.#told = { snapshot: this.#store.getSnapshot() }
    }
    return () => {
      remove()
      if (this.#listeners.isHeard) return
      this.#unsubscribe()
      this.#told = null
    }
  }

  /**
   * Renders the readers that are behind, before the browser paints: a commit that shows a newer part beside an older one
   * calls this in its layout effects.
   */
  catchUp(): void {
    for (const reader of [...this.behind]) reader.render()
  }

  #tell = (): void => {
    this.#told = { snapshot: this.#store.getSnapshot() }
    this.#listeners.tell()
  }
}
