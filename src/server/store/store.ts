import type { ConversationKey } from './conversation-key.js'
import type { AppendResult, Run, Step, StorePosition } from './step.js'
import type { PlacedEvent, StoredMessage } from './stored-event.js'
import type { OpenTask, StoredTask } from './stored-task.js'

/**
 * Where conversations live. A store keeps events, message records, tasks and leases; the fold of events into messages is
 * the server's alone. The server reads messages and the events after them, folds, and gives the folded messages back by
 * `compact`. The store never looks into an event, a message or an input.
 *
 * Several servers ("nodes") may share one store. Time is the store's own. All methods may reject, for example if a
 * database is out of reach; a step whose `append` rejected is stored or not, and is safe to send again. `AppError`
 * `overloaded`: the store has no room, and nothing of the step is stored. `RangeError` and `TypeError`: the caller broke
 * the contract, and nothing is stored.
 *
 * A caller must not change a store's results: they may be the store's own objects.
 *
 * A store's author tests it with `storeContract`.
 */
export interface ChatStore {
  /** Creates nothing that others see, except the candidate epoch of an unknown conversation. */
  read(key: ConversationKey, options?: ReadOptions): Promise<StoredConversation>

  /**
   * Up to `max` message records that stand before the message `before`, oldest first, as of `base`, with the events after
   * `base` that may have changed them. Null if no message record has this id: the message is newer than `base`, or unknown.
   */
  history(key: ConversationKey, before: string, max: number): Promise<HistoryPage | null>

  /**
   * Stores a step whole or not at all, and tells the subscribers. Checks in this order: a repeat (the lease's last
   * `{ fence, seq }`, or the accepted task's id), the lease and the run, `{ epoch, rev }`.
   */
  append(key: ConversationKey, step: Step): Promise<AppendResult>

  /**
   * The same within this turn of the event loop, for a store whose conversations are in this process: an answer's words then
   * cost no promise. Undefined if the answer would take longer; nothing is stored then. A store may leave the method out.
   *
   * @throws what `append` rejects with.
   */
  appendNow?(key: ConversationKey, step: Step): AppendResult | undefined

  /**
   * The right to run the conversation's tasks for `ttlMs`. Null while another node holds it. A node that asks again gets a
   * new fence, so a lost reply costs nothing.
   *
   * @param node names one process's life: unique, and never used again after a restart.
   */
  lease(key: ConversationKey, node: string, ttlMs: number): Promise<Lease | null>

  /** Replaces the events up to `offset` by message records. Changes neither `rev` nor `end`. */
  compact(key: ConversationKey, compaction: Compaction): Promise<CompactResult>

  /**
   * Tells what is appended from now on, by any node, this one included. Resolves once it is in force: what is appended
   * after that is told. It may lose changes and repeat them, so the listener compares `position` with what it has; after a
   * store lost its own connection it tells the position, so a listener never waits for what it missed.
   *
   * @returns the undo. After it has been called the listener is not called again.
   */
  subscribe(key: ConversationKey, listener: (change: Change) => void): Promise<Unsubscribe>

  /** Sends a JSON value to every node that listens, this one included. Never stored, so it may be lost. */
  publish(message: unknown): Promise<void>
  /** Resolves once it is in force. */
  listen(listener: (message: unknown) => void): Promise<Unsubscribe>

  /**
   * Up to `max` conversations that have open work (a queued or running task, a stored retry) and no holder of a lease, also those
   * that never had one. Conversations that wait longest come first.
   * @param max default 100
   * @param options.held whether to name also those whose lease a node holds, which may be gone. @default false
   */
  due(max?: number, options?: DueOptions): Promise<readonly ConversationKey[]>

  /** Ends subscriptions and releases what the store opened itself. Leases are left to expire. */
  close(): Promise<void>
}

export type Unsubscribe = () => Promise<void>

export interface ReadOptions {
  /** Where the reader is. @default it has nothing */
  readonly after?: Pick<StorePosition, 'epoch' | 'end'> | undefined
  /**
   * How many of the newest message records to give if the events after `after` can't be given. With `Infinity` the answer
   * holds the whole conversation, which a fold that decides needs. @default Infinity
   */
  readonly max?: number | undefined
  /** Tasks to look up, also closed ones: `known` has those that the store knows. @default none */
  readonly taskIds?: readonly string[] | undefined
}

export interface DueOptions {
  readonly held?: boolean | undefined
}

interface Tail {
  readonly position: StorePosition
  /** The offset up to which events are folded into message records. */
  readonly base: number
  /** In offset order, without holes, up to `position.end`. */
  readonly events: readonly PlacedEvent[]
  /** Every open task, whole, in the order of their first steps, which is the order of their turns. As of `position`. */
  readonly tasks: readonly OpenTask[]
}

export interface StoredConversation extends Tail {
  /** False before the first step. `position.epoch` is then a candidate: kept for 10 minutes, the same for all nodes. */
  readonly exists: boolean
  /**
   * Null if `events` go on from `after`: it is of this epoch and `base <= after.end <= position.end`. Otherwise the newest
   * message records as of `base`, and `events` begin at `base + 1`.
   */
  readonly snapshot: MessageWindow | null
  readonly running: Run | null
  /** The node that holds the lease now; null if the lease is free or has expired. */
  readonly holder: string | null
  /** Those of `taskIds` that the store knows. */
  readonly known: readonly StoredTask[]
  readonly usage: Usage
}

export interface MessageWindow {
  readonly messages: readonly StoredMessage[]
  /** How many records stand before the first of `messages`: its index in the conversation's order. */
  readonly older: number
}

export type HistoryPage = Tail & MessageWindow

/** The amounts that quotas are compared with. */
export interface Usage {
  /** Bytes of the JSON of events, messages, tasks and inputs that are stored now; approximate. */
  readonly bytes: number
  /** Tombstones: tasks that were stopped before they came. Kept at least 48 hours. */
  readonly tombstones: number
  /** Conversations of the same scope; approximate. Given only if the conversation does not exist yet, otherwise 0. */
  readonly conversationsInScope: number
}

export interface Lease {
  /** Only rises over a conversation's life. */
  readonly fence: number
  readonly position: StorePosition
  /** Extends the lease to `ttlMs` from now. Null if the lease is gone: expired and taken, or lost. */
  renew(ttlMs: number): Promise<StorePosition | null>
  /** Harmless if the lease is gone. Open work is `due` at once. */
  release(): Promise<void>
}

export interface Compaction {
  readonly epoch: string
  /** The base that the fold began at. */
  readonly base: number
  /** The offset up to which events are folded: `base < offset <= end`. */
  readonly offset: number
  /** The records that the fold changed or added, as of `offset`. */
  readonly changedMessages: readonly StoredMessage[]
  /** The records' new order: the first `keep` stay, then come `ids`. A record that falls out of the order is removed. */
  readonly order: { readonly keep: number; readonly ids: readonly string[] }
}

/** `conflict` unless epoch and base are unchanged and `base < offset <= end`. */
export interface CompactResult {
  readonly result: 'ok' | 'conflict'
  readonly position: StorePosition
  readonly base: number
}

export interface Change {
  readonly position: StorePosition
  /** The events that led to `position.end`, if they are given: the first one's offset tells where they go on from. */
  readonly events: readonly PlacedEvent[]
}

/** How long a tombstone is kept at least: an outbox lives 24 hours at most. */
export const TOMBSTONE_MS = 48 * 3_600_000
/** How long the epoch that was named for an unknown conversation is kept. */
export const CANDIDATE_MS = 600_000
