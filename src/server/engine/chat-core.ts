import type {
  HistoryAnswer,
  HistoryRequest,
  JoinAnswer,
  JoinRequest,
  RetryRequest,
  SendAnswer,
  SendRequest,
  StopAnswer,
  StopRequest,
  WireMessage,
} from '../../protocol/events.js'
import { createRetryBudget } from '../../recovery/retry-budget.js'
import type { CloseDeadline } from '../close-deadline.js'
import { acceptAnswer, decisionStep } from '../conversation/decisions.js'
import { publicEvent } from '../conversation/leaving.js'
import { userOf } from '../conversation/task-record.js'
import { failureFields } from '../failure-fields.js'
import { refusals } from '../refusals.js'
import type { Respond } from '../respond.js'
import { resolveRetryPolicy } from '../retry-policy.js'
import type { ConversationKey } from '../store/conversation-key.js'
import { Compactor } from './compactor.js'
import type { CoreOptions } from './core-options.js'
import { Decider } from './decider.js'
import { FlushTick } from './flush-tick.js'
import { NodeMessages } from './node-messages.js'
import { Reader } from './reader.js'
import { Replicas } from './replicas.js'
import { RunSlots } from './run-slots.js'
import { Runner } from './runner.js'
import { serverRetryBudget } from './server-retry-budget.js'
import { Sweeper } from './sweeper.js'
import { type Sender, TaskRequests } from './task-requests.js'

export interface CoreStats {
  /** Answers that run now. */
  readonly runs: number
  /** Conversations that wait for a slot of this node. */
  readonly waiting: number
  /** Conversations that this node knows. */
  readonly conversations: number
  /** Characters of JSON that their folds hold. */
  readonly cachedSize: number
}

export interface CloseOptions {
  readonly drainMs: number
  readonly deadline: CloseDeadline
}

const foldsSize = 256_000_000
// A dead node's answer is taken over within its lease and a second, with the time that the take-over itself takes.
const sweepMs = 800
const maxPerSweep = 20

/**
 * The server without sockets: each method is one request, and throws an AppError if the request is refused. Access is settled
 * before, and has become the conversation's key.
 */
export class ChatCore {
  readonly nodeMessages: NodeMessages
  readonly #options: CoreOptions
  readonly #replicas: Replicas
  readonly #runner: Runner
  readonly #slots: RunSlots
  readonly #decider: Decider
  readonly #tasks: TaskRequests
  readonly #reader: Reader
  readonly #sweeper: Sweeper
  readonly #compactor: Compactor
  readonly #node: string

  constructor(options: CoreOptions) {
    const { env, store, respond, silenceMs, limits, retention, outlet, leaseMs } = options
    const { clock, createId, logger } = env
    this.#options = options
    this.#node = createId()
    this.#slots = new RunSlots(limits)
    this.#replicas = new Replicas({
      store,
      maxSize: foldsSize,
      push: ({ key, conversationId, position }, events) => {
        const epoch = position?.epoch ?? ''
        outlet.onEvents(
          key,
          events.map((event) => publicEvent(conversationId, epoch, event)),
        )
      },
      onReplaced: ({ key }) => outlet.onReplaced(key),
      onDecided: (replica) => this.#runner.decided(replica),
      onFailed: (error) => logger.error('a conversation could not be read', failureFields(error)),
    })
    this.#compactor = new Compactor({
      replicas: this.#replicas,
      events: retention.events,
      compactAfterMs: retention.compactAfterMs,
      clock,
      logger,
    })
    this.nodeMessages = new NodeMessages(store, logger)
    this.#runner = new Runner({
      store,
      replicas: this.#replicas,
      slots: this.#slots,
      node: this.#node,
      leaseMs,
      run: {
        env,
        respond,
        limits,
        silenceMs,
        keepMs: this.#keepMs,
        tick: new FlushTick(options.flushMs, clock),
        retry: resolveRetryPolicy(options.retry),
        allowance: createRetryBudget(options.retryBudget, 'retryBudget', clock, serverRetryBudget),
        broadcast: ({ key }, name, value) => this.broadcast(key, name, value),
        compactor: this.#compactor,
      },
      onIdle: ({ key }) => this.#compactor.later(key),
    })
    this.#decider = new Decider({ replicas: this.#replicas, clock, keepMs: this.#keepMs })
    this.#tasks = new TaskRequests({
      decider: this.#decider,
      limits,
      wake: (key) => this.#runner.wake(key),
    })
    this.#reader = new Reader({
      store,
      replicas: this.#replicas,
      takeOver: (key) => this.#runner.takeOver(key),
      maxBacklog: retention.events,
      joinBytes: limits.joinBytes,
      terms: {
        limits: { max_message_bytes: limits.messageBytes },
        ...(options.reconnectSpreadMs !== undefined && { reconnect_spread_ms: options.reconnectSpreadMs }),
      },
    })
    this.#sweeper = new Sweeper({
      store,
      sweepMs,
      maxPerSweep,
      isWaiting: (key) => this.#slots.isWaiting(key),
      wake: (key) => this.#runner.wake(key),
      clock,
      logger,
    })
  }

  /** Hears other nodes, and goes on with what was left queued or running. */
  async start(): Promise<void> {
    await this.nodeMessages.listen((message) => this.#options.outlet.onMessage(message))
    await this.#sweeper.begin()
  }

  /** From now on this node hears what is appended to the conversation, until `release`. */
  async hold(key: ConversationKey): Promise<void> {
    await this.#replicas.hold(key)
  }

  release(key: ConversationKey): void {
    this.#replicas.release(key)
  }

  /** The events that the client has missed. A joining connection must be subscribed already, or an event falls in between. */
  join(key: ConversationKey, request: JoinRequest): Promise<JoinAnswer> {
    return this.#reader.join(key, request)
  }

  /** @throws AppError `unknown_conversation`, `unknown_message`. */
  history(key: ConversationKey, request: HistoryRequest): Promise<HistoryAnswer> {
    return this.#reader.history(key, request)
  }

  /** @throws AppError `message_too_large`, `task_conflict`, `unknown_message`, `invalid_message`, `overloaded`, `rate_limited`. */
  send(key: ConversationKey, sender: Sender, request: SendRequest): Promise<SendAnswer> {
    return this.#tasks.send(key, sender, request)
  }

  /** @throws AppError `unknown_task`, `rate_limited`. */
  retry(key: ConversationKey, sender: Pick<Sender, 'admit'>, request: RetryRequest): Promise<SendAnswer> {
    return this.#tasks.retry(key, sender, request)
  }

  /** Ends the task in whatever state it is; one that is not known yet is stopped before it comes. */
  stop(key: ConversationKey, request: Pick<StopRequest, 'task_id'>): Promise<StopAnswer> {
    return this.#tasks.stop(key, request)
  }

  /** Adds a message that belongs to no task. One whose id is there already is not added again. */
  async post(key: ConversationKey, message: WireMessage): Promise<void> {
    await this.#decider.decide(key, {}, (replica, state) => {
      if (state.messages.has(message.id)) return { answer: () => undefined }
      const step = decisionStep(this.#decider.situation(replica, state), [{ type: 'message', message }])
      return { step, answer: () => undefined }
    })
  }

  /** Begins a task of the app's own. One whose id is known already is not begun again. @throws AppError `task_conflict` */
  async answer(key: ConversationKey, taskId: string, respond: Respond): Promise<void> {
    this.#runner.answerWith(key, taskId, respond)
    await this.#decider.decide(key, { taskIds: [taskId] }, (replica, state) => ({
      step: acceptAnswer(this.#decider.situation(replica, state), taskId, this.#node),
      answer: (appended) => {
        if (appended.result === 'ok') return
        if (appended.task.state !== 'queued' || !appended.sameInput)
          this.#runner.answerWith(key, taskId, null)
        if (!appended.sameInput) throw refusals.taskConflict('a task of a person has this id')
      },
    }))
    this.#runner.wake(key)
  }

  /** Tells everyone who has the conversation open, on every node. Never rejects; a broadcast may be lost. */
  broadcast(
    key: ConversationKey,
    name: string,
    value: unknown,
    by: { readonly from?: WireMessage['author']; readonly sender?: string } = {},
  ): void {
    this.nodeMessages.tell({ type: 'broadcast', key, name, value, ...by })
  }

  /**
   * Stops what runs for a user on this node, what waits for its turn, and what waits for a node. Never rejects.
   *
   * @param options.held whether to stop also what other nodes hold: one that is gone holds it until its lease has expired, and then
   * the next node would run what is queued.
   */
  async stopUser(userId: string, { held = false }: { readonly held?: boolean } = {}): Promise<void> {
    const { store, env } = this.#options
    const failed = (error: unknown) => {
      env.logger.error('a user’s answers could not be stopped', failureFields(error))
      return []
    }
    const stop = (key: ConversationKey) => this.#tasks.stopUser(key, userId).catch(failed)
    await Promise.all(this.#runner.keys.map(stop))
    const due = await store.due(Number.POSITIVE_INFINITY, { held }).catch(failed)
    // Most are of other users, and need no fold.
    const tasksOf = (key: ConversationKey) => store.read(key, { max: 0 }).then(({ tasks }) => tasks, failed)
    // A conversation that this node has begun meanwhile may not be due any more. One after the other, because a node that is
    // gone may have left many.
    for (const key of new Set([...due, ...this.#runner.keys]))
      if ((await tasksOf(key)).some((task) => userOf(task) === userId)) await stop(key)
  }

  get stats(): CoreStats {
    return {
      runs: this.#slots.taken,
      waiting: this.#slots.waiting,
      conversations: this.#replicas.size,
      cachedSize: this.#replicas.heldSize,
    }
  }

  /**
   * Lets running tasks finish within `drainMs` milliseconds; the rest ends as interrupted, what is queued stays so. Never
   * rejects, and waits for nothing past the deadline.
   */
  async close({ drainMs, deadline }: CloseOptions): Promise<void> {
    this.#sweeper.end()
    const isDrained = await deadline.wait('ending what runs', () => this.#runner.close(drainMs))
    if (!isDrained) this.#runner.giveUp()
    this.#compactor.end()
    await deadline.wait('ending subscriptions', () =>
      Promise.all([this.nodeMessages.close(), this.#replicas.close()]),
    )
  }

  /** Leaves everything as a crash would: the store is not told. */
  abandon(): void {
    this.#sweeper.end()
    this.#runner.abandon()
    this.#compactor.end()
    this.nodeMessages.close().catch(() => {})
    this.#replicas.close().catch(() => {})
  }

  get #keepMs(): number | undefined {
    const { idleMs } = this.#options.retention
    return idleMs === Number.POSITIVE_INFINITY ? undefined : idleMs
  }
}
