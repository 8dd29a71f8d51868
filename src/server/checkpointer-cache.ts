import { LRUCache } from 'lru-cache'
import { checkOption, hasMethods, refuseUnknown } from '../shared/check-option.js'
import type { Clock } from '../shared/clock.js'
import { abortable } from '../shared/wait.js'

export interface CheckpointerCacheOptions {
  /** Entries at most, from 1; the least recently used one makes room. @default 1000 */
  readonly max?: number
  /** Milliseconds that an entry lives after it was made; 0: none is kept; `Infinity`: none expires. @default 24 hours */
  readonly ttl?: number
  /** Milliseconds from any beginning. A clock that can be set would end or keep entries. @default performance.now */
  readonly clock?: Pick<Clock, 'now'>
}

export interface CacheStats {
  readonly hits: number
  readonly misses: number
  /** Entries that made room for others. */
  readonly evictions: number
  readonly size: number
}

// The length that an array can have: the places of all entries are made at once.
const most = 2 ** 32 - 1

const monotonicClock = { now: () => performance.now() }

/**
 * Keeps what is costly to build and can be built again: an entry may vanish at any time, so nothing may live here alone.
 * Entries are held strongly until they are evicted or expire. (Weak references looked cheaper, and lost entries that were
 * still in use whenever the garbage collector came by.)
 */
export class CheckpointerCache<Value extends object> {
  readonly #entries: LRUCache<string, Value>
  readonly #isKeeping: boolean
  readonly #pending = new Map<string, Promise<Value>>()
  #hits = 0
  #misses = 0
  #evictions = 0

  /** @throws TypeError, RangeError naming the option that is wrong. */
  constructor(options: CheckpointerCacheOptions = {}) {
    const { max = 1000, ttl = 24 * 60 * 60 * 1000, clock = monotonicClock } = options
    refuseUnknown('', options, ['max', 'ttl', 'clock'])
    checkOption(
      'max',
      max,
      'number',
      `a whole number from 1 to ${most}`,
      (n) => n >= 1 && n <= most && n % 1 === 0,
    )
    checkOption('ttl', ttl, 'number', 'a number of at least 0', (ms) => ms >= 0)
    hasMethods('now')('clock', clock)
    this.#isKeeping = ttl > 0
    this.#entries = new LRUCache({
      max,
      // To lru-cache, 0 means "for ever".
      ttl: ttl === Infinity ? 0 : ttl,
      // An entry of the time 0 would never expire: lru-cache takes 0 for "no time".
      perf: { now: () => clock.now() + 1 },
      // Otherwise the cache holds on to the time that it read last by a timer of its own.
      ttlResolution: 0,
      dispose: (_value, _key, reason) => {
        if (reason === 'evict') this.#evictions += 1
      },
    })
  }

  /**
   * The entry, at once if there is one; else what `factory` makes. While it is being made, all who ask for the key
   * share it: unless the key is forgotten meanwhile, a factory runs once at a time for it. If it fails, nothing is kept
   * and all of them get its error. A factory must not wait for its own key: it would wait for itself, for ever.
   *
   * @param options.signal ends this caller's wait alone, with the signal's reason; the others still get the entry.
   */
  getOrCreate(
    key: string,
    factory: () => Value | Promise<Value>,
    { signal }: { signal?: AbortSignal } = {},
  ): Value | Promise<Value> {
    const held = this.#entries.get(key)
    if (held !== undefined) {
      this.#hits += 1
      return held
    }
    this.#misses += 1
    const pending = this.#pending.get(key) ?? this.#create(key, factory)
    return signal ? abortable(pending, signal) : pending
  }

  /** Drops the entry, made or still being made, so that the next one who asks builds it anew. */
  forget(key: string) {
    this.#entries.delete(key)
    this.#pending.delete(key)
  }

  get stats(): CacheStats {
    return { hits: this.#hits, misses: this.#misses, evictions: this.#evictions, size: this.#entries.size }
  }

  #create(key: string, factory: () => Value | Promise<Value>): Promise<Value> {
    // Forgotten meanwhile, its place may be another's already.
    const isCurrent = () => this.#pending.get(key) === pending
    const create = async () => {
      // Not in this turn: it must be in its place before it asks whether it still is.
      await null
      try {
        const value = await factory()
        if (isCurrent() && this.#isKeeping) this.#entries.set(key, value)
        return value
      } finally {
        if (isCurrent()) this.#pending.delete(key)
      }
    }
    const pending = create()
    this.#pending.set(key, pending)
    return pending
  }
}
