export interface SweptCacheOptions {
  readonly max: number
  /** Milliseconds. */
  readonly ttl: number
}

/**
 * The cache that was designed first, to compare with: each use goes through all entries for those that have expired, and a
 * full cache goes through all counts for the entry that was used least often.
 */
export class SweptCache<Value> {
  readonly #options: SweptCacheOptions
  readonly #entries = new Map<string, { readonly value: Value; readonly expires: number }>()
  readonly #uses = new Map<string, number>()

  constructor(options: SweptCacheOptions) {
    this.#options = options
  }

  getOrCreate(key: string, factory: () => Value): Value {
    const now = Date.now()
    for (const [each, { expires }] of this.#entries) if (expires <= now) this.#remove(each)
    const held = this.#entries.get(key)
    if (held) {
      this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1)
      return held.value
    }
    const value = factory()
    if (this.#entries.size >= this.#options.max) this.#evict()
    this.#entries.set(key, { value, expires: now + this.#options.ttl })
    this.#uses.set(key, 1)
    return value
  }

  /** Without a sweep for each, which would take minutes. Each is used twice, so that what comes later makes room. */
  fill(keys: readonly string[], factory: () => Value): void {
    const expires = Date.now() + this.#options.ttl
    for (const key of keys) {
      this.#entries.set(key, { value: factory(), expires })
      this.#uses.set(key, 2)
    }
  }

  #evict(): void {
    let least: string | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (const [key, uses] of this.#uses) {
      if (uses >= fewest) continue
      fewest = uses
      least = key
    }
    if (least !== undefined) this.#remove(least)
  }

  #remove(key: string): void {
    this.#entries.delete(key)
    this.#uses.delete(key)
  }
}
