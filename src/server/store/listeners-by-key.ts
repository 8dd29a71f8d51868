import { guarded } from '../../shared/listeners.js'

/** Listeners, each of one key. A listener that throws does not silence the others, nor fail what it is told of. */
export class ListenersByKey<Key, Value> {
  readonly #byKey = new Map<Key, Set<(value: Value) => void>>()

  has(key: Key): boolean {
    return this.#byKey.has(key)
  }

  get keys(): Key[] {
    return [...this.#byKey.keys()]
  }

  /** @returns the undo, which says whether the key has no listener any more. */
  add(key: Key, listener: (value: Value) => void): () => boolean {
    // The same function may be given twice.
    const own = guarded(listener)
    const listeners = this.#byKey.get(key) ?? new Set()
    this.#byKey.set(key, listeners.add(own))
    return () => {
      if (!listeners.delete(own) || listeners.size > 0) return false
      if (this.#byKey.get(key) === listeners) this.#byKey.delete(key)
      return true
    }
  }

  tell(key: Key, value: Value) {
    const listeners = this.#byKey.get(key)
    if (!listeners) return
    for (const listener of [...listeners]) if (listeners.has(listener)) listener(value)
  }

  clear() {
    for (const listeners of this.#byKey.values()) listeners.clear()
    this.#byKey.clear()
  }
}
