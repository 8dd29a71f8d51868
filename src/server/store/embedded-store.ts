import { applyStep } from './apply-step.js'
import type { CandidateEpochs } from './candidate-epochs.js'
import { checkCompaction, checkCount, checkLease, checkRead, checkStep, checkTtl } from './check-arguments.js'
import type { ConversationKey } from './conversation-key.js'
import type { judgeStep } from './judge-step.js'
import type { Leases } from './leases.js'
import type { ListenersByKey } from './listeners-by-key.js'
import { copiedStep, type OwnStep, ownStep } from './own-step.js'
import { readHistory, readRecord } from './read-record.js'
import { type ConversationRecord, hasOpenWork, newRecord, positionOf } from './record.js'
import type { RecordKeeper } from './record-keeper.js'
import type { AppendResult, Step } from './step.js'
import type {
  Change,
  ChatStore,
  Compaction,
  CompactResult,
  DueOptions,
  HistoryPage,
  Lease,
  ReadOptions,
  StoredConversation,
  Unsubscribe,
} from './store.js'
import type { PlacedEvent } from './stored-event.js'

/** The state that all stores of one process share if they hold the same conversations. */
export interface EmbeddedDatabase {
  readonly keeper: RecordKeeper
  readonly candidates: CandidateEpochs
  readonly leases: Leases
  readonly changes: ListenersByKey<ConversationKey, Change>
  readonly messages: ListenersByKey<typeof EVERY_NODE, unknown>
  readonly judge: typeof judgeStep
}

interface Appended {
  readonly answer: AppendResult
  /** Given if the step was stored by this request. */
  readonly events?: readonly PlacedEvent[]
}

/** The one channel between nodes. */
export const EVERY_NODE = 'nodes'

/**
 * A store whose conversations are this process's alone. Each decision is made and stored in one turn of the event loop, so
 * nothing can come between.
 */
export class EmbeddedStore implements ChatStore {
  readonly #database: EmbeddedDatabase
  readonly #undos = new Set<() => void>()
  readonly #onClose: () => Promise<void>
  /** Whether a node runs the conversation or hears of it. */
  readonly #isUsed = (key: ConversationKey): boolean =>
    this.#database.leases.holderOf(key) !== null || this.#database.changes.has(key)

  constructor(database: EmbeddedDatabase, onClose: () => Promise<void> = async () => {}) {
    this.#database = database
    this.#onClose = onClose
  }

  async read(key: ConversationKey, options: ReadOptions = {}): Promise<StoredConversation> {
    checkRead(options)
    const { keeper, leases } = this.#database
    const answer = await this.#use(key, (stored) => {
      const conversationsInScope = stored ? 0 : keeper.conversationsInScope(key)
      const facts = { holder: leases.holderOf(key), conversationsInScope }
      return readRecord(stored ?? this.#unknown(key), options, facts)
    })
    await keeper.durable(key)
    return answer
  }

  async history(key: ConversationKey, before: string, max: number): Promise<HistoryPage | null> {
    checkCount('max', max)
    const answer = await this.#use(key, (record) => (record ? readHistory(record, before, max) : null))
    await this.#database.keeper.durable(key)
    return answer
  }

  async append(key: ConversationKey, step: Step): Promise<AppendResult> {
    checkStep(step)
    const own = this.#database.keeper.isLoaded(key) ? ownStep(step) : copiedStep(step)
    const appending = this.#use(key, (record) => this.#append(record ?? this.#unknown(key), own))
    const { answer, events } = appending instanceof Promise ? await appending : appending
    // Everything that the answer tells of, even a conflict, must be as durable as an acknowledged step.
    const durable = this.#database.keeper.durable(key)
    if (durable) await durable
    if (events) this.#tell(key, answer, events)
    return answer
  }

  appendNow(key: ConversationKey, step: Step): AppendResult | undefined {
    const { keeper } = this.#database
    if (!keeper.isDurableAtOnce || !keeper.isLoaded(key)) return undefined
    checkStep(step)
    const { answer, events } = this.#append(keeper.get(key) ?? this.#unknown(key), ownStep(step))
    if (events) this.#tell(key, answer, events)
    return answer
  }

  async lease(key: ConversationKey, node: string, ttlMs: number): Promise<Lease | null> {
    checkLease(node, ttlMs)
    const { leases } = this.#database
    const position = () => this.#use(key, (record) => positionOf(record ?? this.#unknown(key)))
    const fence = await this.#use(key, () => leases.take(key, node, ttlMs))
    if (fence === null) return null
    return {
      fence,
      position: await position(),
      renew: async (ttl) => {
        checkTtl(ttl)
        return leases.renew(key, fence, ttl) ? position() : null
      },
      release: async () => leases.release(key, fence),
    }
  }

  async compact(key: ConversationKey, compaction: Compaction): Promise<CompactResult> {
    checkCompaction(compaction)
    const { keeper } = this.#database
    const own: Compaction = JSON.parse(JSON.stringify(compaction))
    const answer = await this.#use(key, (record): CompactResult => {
      const isDone = record !== undefined && keeper.compact(record, own)
      const now = keeper.get(key) ?? this.#unknown(key)
      return { result: isDone ? 'ok' : 'conflict', position: positionOf(now), base: now.base }
    })
    await keeper.durable(key)
    return answer
  }

  async subscribe(key: ConversationKey, listener: (change: Change) => void): Promise<Unsubscribe> {
    return this.#undoable(this.#database.changes.add(key, listener))
  }

  async publish(message: unknown): Promise<void> {
    this.#database.messages.tell(EVERY_NODE, JSON.parse(JSON.stringify(message)))
  }

  async listen(listener: (message: unknown) => void): Promise<Unsubscribe> {
    return this.#undoable(this.#database.messages.add(EVERY_NODE, listener))
  }

  async due(max = 100, { held = false }: DueOptions = {}): Promise<readonly ConversationKey[]> {
    const { keeper, leases } = this.#database
    await keeper.whenOpen()
    const due: ConversationKey[] = []
    for (const key of keeper.openKeys()) {
      if (due.length >= max) break
      if (leases.holderOf(key) !== null && !held) continue
      if (await this.#isDue(key, held)) due.push(key)
    }
    await keeper.tidy(this.#isUsed)
    return due
  }

  async #isDue(key: ConversationKey, held: boolean): Promise<boolean> {
    const { keeper, leases } = this.#database
    try {
      return await this.#use(key, (record) => {
        const isHeld = leases.holderOf(key) !== null
        if (isHeld && !held) return false
        if (record && hasOpenWork(record)) return true
        if (isHeld) return false
        keeper.forgetOpen(key)
        leases.forget(key)
        return false
      })
    } catch (error) {
      // A conversation that cannot be read cannot be run; the others can.
      keeper.onFailed(error)
      return false
    }
  }

  async close(): Promise<void> {
    for (const undo of this.#undos) undo()
    this.#undos.clear()
    await this.#onClose()
  }

  /**
   * Calls `operation` with the record as it is now, at once if the record need not be loaded; nothing else comes between until
   * it returns.
   */
  #use<T>(key: ConversationKey, operation: (record: ConversationRecord | undefined) => T): T | Promise<T> {
    const { keeper } = this.#database
    const loading = keeper.load(key)
    return loading ? loading.then(() => this.#use(key, operation)) : operation(keeper.get(key))
  }

  #append(record: ConversationRecord, own: OwnStep): Appended {
    const { step } = own
    const { keeper, leases, candidates, judge } = this.#database
    const answer = judge(record, leases.fenceOf(record.key, record.lastLeaseStep.fence), step)
    if (answer) return { answer }
    keeper.write(record, step, this.#isUsed)
    const events = applyStep(record, own)
    keeper.onWritten(record)
    candidates.forget(record.key)
    const position = positionOf(record)
    const last = position.end
    const first = last - events.length + 1
    return { answer: { result: 'ok', position, first, last, repeat: false }, events }
  }

  #tell(key: ConversationKey, { position }: AppendResult, events: readonly PlacedEvent[]): void {
    this.#database.changes.tell(key, { position, events })
  }

  #unknown(key: ConversationKey): ConversationRecord {
    return newRecord(key, this.#database.candidates.epochOf(key))
  }

  #undoable(remove: () => boolean): Unsubscribe {
    const undo = () => void remove()
    this.#undos.add(undo)
    return async () => {
      this.#undos.delete(undo)
      undo()
    }
  }
}
