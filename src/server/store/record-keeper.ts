import type { ConversationKey } from './conversation-key.js'
import type { ConversationRecord } from './record.js'
import type { Step } from './step.js'
import type { Compaction } from './store.js'

/** Where an embedded store has its records from, and how they outlive it. */
export interface RecordKeeper {
  /** Whether `write` alone makes a step as durable as promised, so that `durable` never takes longer. */
  readonly isDurableAtOnce: boolean

  /** Undefined if the keeper is open; otherwise opens it. */
  whenOpen(): Promise<void> | undefined
  /** Whether `get` can answer in this turn of the event loop. Loads nothing. */
  isLoaded(key: ConversationKey): boolean
  /** Undefined if `get` can answer in this turn of the event loop; otherwise resolves once `load` may be asked again. */
  load(key: ConversationKey): Promise<void> | undefined
  /** The record; undefined if the conversation does not exist, or has expired. Comes after `load`, in the same turn. */
  get(key: ConversationKey): ConversationRecord | undefined

  /**
   * Writes a step that is about to be applied to the record, in this turn of the event loop.
   *
   * @param isUsed says which conversations may not be forgotten to make room.
   * @throws AppError `overloaded` if there is no room; nothing is written then.
   */
  write(record: ConversationRecord, step: Step, isUsed: (key: ConversationKey) => boolean): void
  /** The step has been applied. */
  onWritten(record: ConversationRecord): void
  /**
   * Resolves once all that was written to the conversation is as durable as promised.
   *
   * @throws AppError `overloaded` if it is not; what was written since the last time is lost then.
   */
  durable(key: ConversationKey): Promise<void> | undefined

  /** False if the compaction does not go on from where the record is. @throws as `write`, and RangeError as `compacted`. */
  compact(record: ConversationRecord, compaction: Compaction): boolean

  /** Approximate. */
  conversationsInScope(key: ConversationKey): number

  /** Conversations that may have open work, and all that have; those that wait longest come first. */
  openKeys(): readonly ConversationKey[]
  /** The conversation has no open work: it was looked at in this turn of the event loop. */
  forgetOpen(key: ConversationKey): void
  /** Says that a conversation with open work could not be looked at. */
  onFailed(error: unknown): void
  /** Time to look for what may be forgotten; called now and then. */
  tidy(isUsed: (key: ConversationKey) => boolean): Promise<void> | undefined
}
