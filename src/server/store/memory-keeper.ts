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
}

/** Conversations looked at by one `tidy`. */
const TIDIED_AT_ONCE = 100

/** Records in memory, the least recently used one first. */
export class MemoryKeeper implements RecordKeeper {
  readonly #options: MemoryKeeperOptions
  readonly #records = new Map<ConversationKey, ConversationRecord>()
  readonly #open = new Set<ConversationKey>()
  readonly #scopes = new Map<string, number>()
  #bytes = 0
  /** The counted bytes of each record. */
  readonly #counted = new Map<ConversationKey, number>()
  #isUsed: (key: ConversationKey) => boolean = () => false

  constructor(options: MemoryKeeperOptions) {
    this.#options = options
  }

  opened(): undefined {}

  load(): undefined {}

  get(key: ConversationKey): ConversationRecord | undefined {
    const record = this.#records.get(key)
    if (!record || !isExpired(record, this.#options.clock.now())) return record
    this.#forget(key)
    return undefined
  }

  write(_record: ConversationRecord, _step: Step): void {
    if (this.#bytes >= this.#options.maxBytes) this.#makeRoom()
  }

  written(record: ConversationRecord): void {
    const { key } = record
    if (!this.#records.delete(key)) this.#count(key, 1)
    this.#records.set(key, record)
    this.#account(record)
    if (hasOpenWork(record)) this.#open.add(key)
  }

  durable(): undefined {}

  compact(record: ConversationRecord, compaction: Compaction): boolean {
    if (!exists(record) || !isCurrent(record, compaction)) return false
    const next = compacted(record, compaction)
    this.#records.set(record.key, next)
    this.#account(next)
    return true
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

  failed(): void {}

  tidy(isUsed: (key: ConversationKey) => boolean): undefined {
    this.#isUsed = isUsed
    const now = this.#options.clock.now()
    let looked = 0
    for (const [key, record] of this.#records) {
      if (++looked > TIDIED_AT_ONCE) return undefined
      if (isExpired(record, now) && !isUsed(key)) this.#forget(key)
    }
  }

  /** Forgets the conversations that were unused for longest. @throws AppError if all are in use. */
  #makeRoom() {
    const { maxBytes, logger } = this.#options
    let forgotten = 0
    for (const [key, record] of this.#records) {
      if (this.#bytes < maxBytes) break
      if (hasOpenWork(record) || this.#isUsed(key)) continue
      this.#forget(key)
      forgotten += 1
    }
    if (forgotten > 0) logger.warn('conversations forgotten; the memory store is full', { forgotten })
    if (this.#bytes < maxBytes) return
    throw new AppError({ code: 'overloaded', message: 'unable to store the step; the memory store is full' })
  }

  #account(record: ConversationRecord) {
    this.#bytes += record.bytes - (this.#counted.get(record.key) ?? 0)
    this.#counted.set(record.key, record.bytes)
  }

  #forget(key: ConversationKey) {
    this.#bytes -= this.#counted.get(key) ?? 0
    this.#counted.delete(key)
    this.#open.delete(key)
    if (this.#records.delete(key)) this.#count(key, -1)
  }

  #count(key: ConversationKey, by: 1 | -1) {
    const { scope } = splitConversationKey(key)
    const count = (this.#scopes.get(scope) ?? 0) + by
    if (count > 0) this.#scopes.set(scope, count)
    else this.#scopes.delete(scope)
  }
}
