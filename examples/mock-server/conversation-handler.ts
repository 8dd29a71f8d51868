import { nanoid } from 'nanoid'
import type {
  HistoryAnswer,
  HistoryRequest,
  JoinAnswer,
  JoinRequest,
  RetryRequest,
  SendAnswer,
  SendInput,
  SendRequest,
  StopAnswer,
  StopRequest,
} from '../../src/protocol/events.js'
import { type CacheStats, CheckpointerCache } from '../../src/server/checkpointer-cache.js'
import { retryAllowance } from '../../src/server/retry-allowance.js'
import { resolveRetryPolicy } from '../../src/server/retry-policy.js'
import { systemClock } from '../../src/shared/clock.js'
import { silentLogger } from '../../src/shared/logger.js'
import { acceptInput, stopEvents } from './accept-input.js'
import { conversationKey } from './conversation-key.js'
import type { ConversationLog } from './conversation-log.js'
import { type ConversationState, indexOfMessage, type TaskRecord } from './conversation-state.js'
import { ConversationStore, type OpenConversation } from './conversation-store.js'
import type { ConversationHandlerOptions } from './handler-options.js'
import { jsonEqual } from './json-equal.js'
import { refusals } from './refusals.js'
import { takePage, takeSnapshot } from './snapshot.js'
import { Turns } from './turns.js'

export type { ConversationHandlerOptions } from './handler-options.js'

const defaultPage = 50
const longestPage = 200

/**
 * The backend half of protocol v1, without sockets: each method is one request of one user, and throws an AppError where
 * the request is refused. A conversation belongs to its user; another user's of the same id is another conversation.
 */
export class ConversationHandler {
  readonly #store: ConversationStore
  readonly #turns: Turns
  readonly #log: ConversationLog
  readonly #cache: CheckpointerCache<ConversationState>
  readonly #terms: Pick<JoinAnswer, 'limits' | 'reconnect_spread_ms'>
  readonly #maxBacklog: number

  constructor(options: ConversationHandlerOptions) {
    const { log, responder, publish = () => {}, clock = systemClock, random = Math.random } = options
    const { maxMessageBytes = 65_536, maxBacklog = 1000, reconnectSpreadMs } = options
    this.#log = log
    this.#cache = options.cache ?? new CheckpointerCache({ clock })
    this.#maxBacklog = maxBacklog
    this.#terms = {
      limits: { max_message_bytes: maxMessageBytes },
      ...(reconnectSpreadMs !== undefined && { reconnect_spread_ms: reconnectSpreadMs }),
    }
    this.#store = new ConversationStore({ log, cache: this.#cache, publish, clock })
    this.#turns = new Turns({
      store: this.#store,
      responder,
      retry: resolveRetryPolicy(options.retry),
      allowance: retryAllowance(options.retryBudget),
      silenceMs: options.silenceMs ?? 60_000,
      clock,
      random,
      createId: options.createId ?? nanoid,
      logger: options.logger ?? silentLogger,
    })
  }

  /** Ends what a former process left running, and goes on with what it left queued. Comes before the first request. */
  async start(): Promise<void> {
    for (const key of await this.#log.keys()) {
      await this.#store.use(key, (conversation) => this.#turns.endInterrupted(conversation))
      this.#turns.advance(key)
    }
  }

  /** What the client has missed. Whoever joins must be subscribed already, or an event falls in between. */
  async join(user: string, { conversation_id, after, limit }: JoinRequest): Promise<JoinAnswer> {
    const answer = await this.#use(user, conversation_id, (conversation): JoinAnswer => {
      const { state } = conversation
      const { epoch, offset } = state
      const continues = after?.epoch === epoch && after.offset <= offset
      const events = continues ? state.events.slice(after.offset) : []
      if (continues && events.length <= this.#maxBacklog) {
        return { ok: true, epoch, offset, events, snapshot: null, ...this.#terms }
      }
      const snapshot = takeSnapshot(state, pageSize(limit), this.#turns.retriesOf(conversation))
      return { ok: true, epoch, offset, events: [], snapshot, ...this.#terms }
    })
    // A task that could not begin, because the log was out of reach, gets another chance whenever someone asks.
    this.#turns.advance(conversationKey(user, conversation_id))
    return answer
  }

  /** @throws AppError `message_too_large`, `task_conflict`, `unknown_message`, `invalid_message`. */
  async send(user: string, { conversation_id, task_id, input }: SendRequest): Promise<SendAnswer> {
    this.#requireFits(input)
    const answer = await this.#use(user, conversation_id, async (conversation) => {
      const { state, store } = conversation
      const known = state.tasks.get(task_id)
      if (known?.input && !jsonEqual(known.input, input)) {
        throw refusals.taskConflict('the task has another input already')
      }
      if (known) return this.#describe(conversation, known, { duplicate: true, offset: known.stored_at })
      await store({ events: acceptInput(state, task_id, input), accepted: { task_id, input } })
      this.#turns.abortEnded(conversation)
      return {
        ok: true,
        epoch: state.epoch,
        offset: state.offset,
        duplicate: false,
        attempt: 1,
        state: 'queued',
      } as const
    })
    this.#turns.advance(conversationKey(user, conversation_id))
    return answer
  }

  /** @throws AppError `unknown_task`. */
  retry(user: string, { conversation_id, task_id, attempt }: RetryRequest): Promise<SendAnswer> {
    return this.#use(user, conversation_id, (conversation) => {
      const { key, state } = conversation
      const task = state.tasks.get(task_id)
      if (!task) throw refusals.unknownTask()
      const waits = this.#turns.retriesOf(conversation).has(task_id)
      const accepted = task.state === 'failed' && attempt > task.attempt && !waits
      if (accepted) this.#turns.addRetry(key, task_id, attempt)
      return this.#describe(conversation, task, { duplicate: !accepted, offset: state.offset })
    })
  }

  /** Ends the task in whatever state it is; one that is not known yet is stopped before it comes. */
  stop(user: string, { conversation_id, task_id }: StopRequest): Promise<StopAnswer> {
    return this.#use(user, conversation_id, async (conversation) => {
      const { state, store } = conversation
      const task = state.tasks.get(task_id)
      if (task?.state !== 'finished' && task?.state !== 'stopped') {
        await store({ events: stopEvents(state, task_id) })
        this.#turns.abortEnded(conversation)
      }
      const { epoch, offset } = state
      return { ok: true, epoch, offset, stopped: state.tasks.get(task_id)?.state === 'stopped' }
    })
  }

  /** @throws AppError `unknown_conversation`, `unknown_message`. */
  history(user: string, { conversation_id, before, limit }: HistoryRequest): Promise<HistoryAnswer> {
    return this.#use(user, conversation_id, ({ state }) => {
      const { epoch, offset } = state
      if (offset === 0) throw refusals.unknownConversation()
      const index = indexOfMessage(state, before)
      if (index < 0) throw refusals.unknownMessage('there is no message of this id')
      return { ok: true, epoch, offset, ...takePage(state, index, pageSize(limit)) }
    })
  }

  get cacheStats(): CacheStats {
    return this.#cache.stats
  }

  /** Lets running tasks finish within `drainMs` milliseconds; the rest ends as interrupted, what is queued stays so. */
  close({ drainMs }: { drainMs: number }): Promise<void> {
    return this.#turns.close(drainMs)
  }

  /** Leaves everything as a crash would. For tests and simulations of one. */
  abandon() {
    this.#turns.abandon()
  }

  #use<T>(
    user: string,
    conversationId: string,
    operation: (conversation: OpenConversation) => T | Promise<T>,
  ) {
    return this.#store.use(conversationKey(user, conversationId), async (conversation) => {
      await this.#turns.endInterrupted(conversation)
      return operation(conversation)
    })
  }

  #requireFits(input: SendInput) {
    const limit = this.#terms.limits.max_message_bytes
    const bytes = Buffer.byteLength(JSON.stringify(input))
    if (bytes > limit) throw refusals.messageTooLarge(bytes, limit)
  }

  #describe(
    conversation: OpenConversation,
    task: TaskRecord,
    { duplicate, offset }: { duplicate: boolean; offset: number },
  ): SendAnswer {
    const waiting = this.#turns.retriesOf(conversation).get(task.task_id)
    const { epoch } = conversation.state
    const now =
      waiting === undefined
        ? { attempt: task.attempt, state: task.state }
        : { attempt: waiting, state: 'queued' as const }
    return { ok: true, epoch, offset, duplicate, ...now }
  }
}

const pageSize = (limit = defaultPage) => Math.min(limit, longestPage)
