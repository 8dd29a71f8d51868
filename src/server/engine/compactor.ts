import type { Clock, TimerId } from '../../shared/clock.js'
import type { Logger } from '../../shared/logger.js'
import { failureFields } from '../failure-fields.js'
import type { ConversationKey } from '../store/conversation-key.js'
import type { Replica } from './replica.js'
import type { Replicas } from './replicas.js'

export interface CompactorOptions {
  readonly replicas: Replicas
  /** Milliseconds after a task's end. */
  readonly compactAfterMs: number
  /** Within a long run: after how many events. */
  readonly events: number
  readonly clock: Clock
  readonly logger: Logger
}

/** Folds what is over into messages, so that a stored conversation costs as much as its messages, not as its tokens. */
export class Compactor {
  readonly #options: CompactorOptions
  #isEnded = false
  readonly #timers = new Map<ConversationKey, TimerId>()

  constructor(options: CompactorOptions) {
    this.#options = options
  }

  /** Whether a run has come so far that its events are to be folded before it ends. */
  isDue({ state, base }: Replica): boolean {
    return state !== null && state.end - base >= this.#options.events
  }

  /** A task is over: folds later, when those who were cut off in the meantime have had their events. */
  later(key: ConversationKey): void {
    if (this.#isEnded) return
    const { clock, compactAfterMs, replicas } = this.#options
    const waiting = this.#timers.get(key)
    if (waiting !== undefined) clock.clearTimeout(waiting)
    const timer = clock.setTimeout(() => {
      this.#timers.delete(key)
      replicas.use(key, (replica) => replica.run(() => this.fold(replica))).catch(() => {})
    }, compactAfterMs)
    this.#timers.set(key, timer)
  }

  end(): void {
    this.#isEnded = true
    for (const timer of this.#timers.values()) this.#options.clock.clearTimeout(timer)
    this.#timers.clear()
  }

  /** Called in the replica's turn. Never rejects: what is not folded now is folded after the next task. */
  async fold(replica: Replica): Promise<void> {
    try {
      await replica.compact()
    } catch (error) {
      this.#options.logger.warn('a conversation could not be folded', failureFields(error))
    }
  }
}
