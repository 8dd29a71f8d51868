import type { Clock } from '../../shared/clock.js'
import type { StoredEvent } from '../store/stored-event.js'
import type { FlushTick } from './flush-tick.js'

export interface ChunkGathererOptions {
  readonly clock: Clock
  readonly tick: FlushTick
  /** Stores events, in order, at once or by a promise; called again only after that has settled. */
  readonly store: (events: readonly StoredEvent[]) => Promise<void> | undefined
  /** Called once with the error of `store`. */
  readonly onFailed: (error: unknown) => void
}

// Milliseconds without a chunk after which the next one does not wait for those of other answers.
const pause = 500

// A responder that is faster than the store waits for it here.
const maxGathered = 65_536

const none: StoredEvent[] = []

/**
 * Gathers an answer's chunks before they are stored: one step of ten words costs about as much as a step of one. The first
 * chunk after a pause is stored at once, so gathering delays no first word.
 */
export class ChunkGatherer {
  readonly #options: ChunkGathererOptions
  #events: StoredEvent[] = none
  /** Characters gathered. */
  #gathered = 0
  /** The next moment of the tick stores what is gathered. */
  #isWaiting = false
  #storing: Promise<void> | null = null
  #storedAt = Number.NEGATIVE_INFINITY
  #error: { readonly error: unknown } | null = null

  constructor(options: ChunkGathererOptions) {
    this.#options = options
  }

  /** Returns a promise if the caller has to wait before it goes on. @throws the error of `store`. */
  add(event: StoredEvent): Promise<void> | undefined {
    if (this.#error) throw this.#error.error
    this.#gather(event)
    const { clock, tick } = this.#options
    const isFull = this.#gathered > maxGathered
    if (this.#storing) return isFull ? this.#storing : undefined
    if (isFull) return this.#flush()
    if (tick.isQuiet || clock.now() - this.#storedAt >= pause) void this.#flush()
    else this.#wait()
    return undefined
  }

  /** Stores the rest. @throws the error of `store`. */
  async end(): Promise<void> {
    while (this.#storing || this.#events.length > 0) {
      if (this.#error) break
      await (this.#storing ?? this.#flush())
    }
    this.discard()
    if (this.#error) throw this.#error.error
  }

  /** Gives up what is not stored yet. */
  discard(): void {
    this.#waitNoMore()
    this.#events = none
    this.#gathered = 0
  }

  #gather(event: StoredEvent): void {
    const last = this.#events.at(-1)
    const joined = last && this.#options.tick.joinsWords ? joinedDeltas(last, event) : null
    if (joined) this.#events[this.#events.length - 1] = joined
    // An empty array makes room for many events with its first one, and most steps have one.
    else if (!last) this.#events = [event]
    else this.#events.push(event)
    this.#gathered += event.type === 'delta' ? event.text.length : 1000
  }

  #wait(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    this.#options.tick.wait(this.#flush)
  }

  #waitNoMore(): void {
    if (this.#isWaiting) this.#options.tick.cancel(this.#flush)
    this.#isWaiting = false
  }

  readonly #flush = (): Promise<void> | undefined => {
    const { tick, clock } = this.#options
    this.#waitNoMore()
    const now = clock.now()
    tick.flushed(now)
    this.#storedAt = now
    const events = this.#events
    this.#events = none
    this.#gathered = 0
    try {
      this.#storing =
        this.#options.store(events)?.then(
          () => this.#stored(),
          (error: unknown) => this.#fail(error),
        ) ?? null
    } catch (error) {
      this.#fail(error)
    }
    return this.#storing ?? undefined
  }

  #stored(): void {
    this.#storing = null
    // They came faster than the store takes them, so more will have come at the next moment.
    if (this.#events.length > 0) this.#wait()
  }

  #fail(error: unknown): void {
    this.#storing = null
    this.#error ??= { error }
    this.#options.onFailed(error)
  }
}

/** Two deltas of one part as one; null if they are of two parts, or say more than text. */
function joinedDeltas(a: StoredEvent, b: StoredEvent): StoredEvent | null {
  if (a.type !== 'delta' || b.type !== 'delta' || a.private || b.private) return null
  if (a.part !== b.part || a.message_id !== b.message_id) return null
  const { type, task_id, message_id, part } = a
  return { type, task_id, message_id, part, text: a.text + b.text }
}
