import { AppError } from '../../errors/app-error.js'
import type { Clock } from '../../shared/clock.js'
import type { Logger } from '../../shared/logger.js'
import { compacted, isCurrent } from './apply-compaction.js'
import { type ConversationKey, splitConversationKey } from './conversation-key.js'
import { type ConversationRecord, exists, hasOpenWork, isExpired } from './record.js'
import type { RecordKeeper } from './record-keeper.js'
import type { Step } from './step.js'
import type { Compaction } from './store.js'

export interface MemoryKeeperOptions {
  readonly maxBytes: number
  readonly clock: Clock
  readonly logger: Logger
  /** Told of each conversation that is not in memory any more. */
  readonly onForgotten: (key: ConversationKey) => void
}

/** Conversations looked at by one `tidy`. */
const TIDIED_AT_ONCE = 100

interface Entry {
  record: ConversationRecord
  /** The record's bytes as they are counted. */
  bytes: number
  /** Rises with each use of any entry. */
  usedAt: number
}

/** Records in memory. */
export class MemoryKeeper implements RecordKeeper {
  readonly isDurableAtOnce = true
  readonly #options: MemoryKeeperOptions
  /** The conversations that were used longest ago come first, except those that were used since the last sorting. */
  readonly #entries = new Map<ConversationKey, Entry>()
  readonly #usedSince = new Set<ConversationKey>()
  #uses = 0
  readonly #open = new Set<ConversationKey>()
  readonly #scopes = new Map<string, number>()
  #bytes = 0

  constructor(options: MemoryKeeperOptions) {
    this.#options = options
  }

  whenOpen(): undefined {}

  isLoaded(): boolean {
    return true
  }

  load(): undefined {}

  get(key: ConversationKey): ConversationRecord | undefined {
    const record = this.#entries.get(key)?.record
    if (!record || !isExpired(record, this.#options.clock.now())) return record
    this.#forget(key)
    return undefined
  }

  write(_record: ConversationRecord, _step: Step, isUsed: (key: ConversationKey) => boolean): void {
    if (this.#bytes >= this.#options.maxBytes) this.#makeRoom(isUsed)
  }

  onWritten(record: ConversationRecord): void {
    const { key } = record
    let entry = this.#entries.get(key)
    if (!entry) {
      entry = { record, bytes: 0, usedAt: 0 }
      this.#entries.set(key, entry)
      this.#count(key, 1)
    }
    entry.usedAt = ++this.#uses
    this.#usedSince.add(key)
    this.#hold(entry, record)
    if (!this.#open.has(key) && hasOpenWork(record)) this.#open.add(key)
  }

  durable(): undefined {}

  compact(record: ConversationRecord, compaction: Compaction): boolean {
    if (!exists(record) || !isCurrent(record, compaction)) return false
    const entry = this.#entries.get(record.key)
    if (entry) this.#hold(entry, compacted(record, compaction))
    return entry !== undefined
  }

  conversationsInScope(key: ConversationKey): number {
    return this.#scopes.get(splitConversationKey(key).scope) ?? 0
  }

  openKeys(): readonly ConversationKey[] {
    return [...this.#open]
  }

  forgetOpen(key: ConversationKey): void {
    this.#open.delete(key)
  }

  onFailed(): void {}

  tidy(isUsed: (key: ConversationKey) => boolean): undefined {
    const now = this.#options.clock.now()
    let looked = 0
    for (const [key, { record }] of this.#byUse()) {
      // Such conversations may stay for ever, and must not hide the ones after them.
      if (hasOpenWork(record) || isUsed(key)) continue
      if (++looked > TIDIED_AT_ONCE) return undefined
      if (isExpired(record, now)) this.#forget(key)
    }
  }

  /** Forgets the conversations that were unused for longest. @throws AppError if all are in use. */
  #makeRoom(isUsed: (key: ConversationKey) => boolean) {
    const { maxBytes, logger } = this.#options
    let forgotten = 0
    for (const [key, { record }] of this.#byUse()) {
      if (this.#bytes < maxBytes) break
      if (hasOpenWork(record) || isUsed(key)) continue
      this.#forget(key)
      forgotten += 1
    }
    if (forgotten > 0) logger.warn('conversations forgotten; the memory store is full', { forgotten })
    if (this.#bytes < maxBytes) return
    throw new AppError({ code: 'overloaded', message: 'unable to store the step; the memory store is full' })
  }

  /**
   * The entries, those that were used longest ago first. They are sorted only here, because moving an entry at each use makes the
   * map's table anew every hundred uses.
   */
  #byUse(): Map<ConversationKey, Entry> {
    const used = [...this.#usedSince].flatMap((key) => {
      const entry = this.#entries.get(key)
      return entry ? [{ key, entry }] : []
    })
    this.#usedSince.clear()
    for (const { key, entry } of used.sort((a, b) => a.entry.usedAt - b.entry.usedAt)) {
      this.#entries.delete(key)
      this.#entries.set(key, entry)
    }
    return this.#entries
  }

  #hold(entry: Entry, record: ConversationRecord) {
    entry.record = record
    this.#bytes += record.bytes - entry.bytes
    entry.bytes = record.bytes
  }

  #forget(key: ConversationKey) {
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#bytes -= entry.bytes
    this.#entries.delete(key)
    this.#usedSince.delete(key)
    this.#open.delete(key)
    this.#count(key, -1)
    this.#options.onForgotten(key)
  }

  #count(key: ConversationKey, by: 1 | -1) {
    const { scope } = splitConversationKey(key)
    const count = (this.#scopes.get(scope) ?? 0) + by
    if (count > 0) this.#scopes.set(scope, count)
    else this.#scopes.delete(scope)
  }
}
