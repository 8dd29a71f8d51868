import { nanoid } from 'nanoid'
import { type ChatTask, refusedTask, tasklessTask } from '../delivery/chat-task.js'
import { nothingToDo, Outbox } from '../delivery/outbox.js'
import { AppError } from '../errors/app-error.js'
import { withDetail } from '../errors/finality.js'
import { loadOlder } from '../event-log/load-older.js'
import { LogSynchronizer } from '../event-log/log-synchronizer.js'
import type { DecodedEvent } from '../protocol/decode.js'
import type { ChatEvent, SendInput } from '../protocol/events.js'
import { Notifier } from '../shared/listeners.js'
import { Condition } from '../shared/wait.js'
import type { LeftIntent } from '../storage/intent-store.js'
import type { ApprovalResponse, Conversation, ToolResult } from './conversation.js'
import { ConversationAlerts } from './conversation-alerts.js'
import type { ConversationContext, ConversationEvents } from './conversation-context.js'
import { type ConversationSnapshot, snapshotOf } from './conversation-state.js'
import { answerToRegenerate, taskToRetry, taskToStop } from './default-targets.js'
import { IdleWatch } from './idle-watch.js'
import {
  approval,
  checkInput,
  editedMessage,
  type MessageInput,
  replacement,
  targetOf,
  toolOutput,
  userMessage,
} from './intent.js'
import { LogNews } from './log-news.js'

const notFailed = 'unable to retry; no task has failed'

/** {@link Conversation}, with the members that only the client calls. */
export class LiveConversation implements Conversation {
  readonly id: string
  readonly #context: ConversationContext
  readonly #log: LogSynchronizer
  readonly #outbox: Outbox
  readonly #idleWatch: IdleWatch
  readonly #notifier: Notifier
  readonly #changes = new Condition()
  readonly #alerts: ConversationAlerts
  readonly #news: LogNews
  readonly #closing = new AbortController()
  /** Aborted by {@link close}, with its error. */
  readonly #closed = this.#closing.signal
  #snapshot: ConversationSnapshot | null = null
  /** The outbox's load, as the client and the idle watch know it. */
  #load = nothingToDo
  #loadingOlder: Promise<void> | null = null
  /** An error without a failed task, and what a person's retry of it does. */
  #repeat: { readonly error: AppError; readonly again: () => Promise<void> } | null = null

  constructor(id: string, context: ConversationContext) {
    this.id = id
    this.#context = context
    const { server, manager, store, env, reconnect, idle, limits, schedule, connectionId, owner } = context
    this.#alerts = new ConversationAlerts({
      clock: env.clock,
      owner,
      onChange: () => this.#dirty(),
      countShown: () => this.getSnapshot().messages.length,
    })
    this.#notifier = new Notifier(schedule, env.clock)
    this.#news = new LogNews({
      alerts: this.#alerts,
      read: () => this.#log,
      tasks: () => this.#outbox.tasks,
      onChange: (event) => this.#logChanged(event),
    })
    const log = new LogSynchronizer({
      conversationId: id,
      env,
      server,
      manager,
      connectionId,
      maxMessageBytes: limits.maxAnswerBytes,
      backoff: { ...reconnect, maxAttempts: Infinity },
      listener: this.#news,
    })
    this.#log = log
    this.#outbox = new Outbox({
      conversationId: id,
      env,
      server,
      manager,
      store,
      log,
      changes: this.#changes,
      maxAge: limits.maxAge,
      closed: this.#closed,
      onChange: () => this.#outboxChanged(),
      listener: this.#alerts,
    })
    this.#idleWatch = new IdleWatch({
      clock: env.clock,
      idle,
      isAwaiting: () => this.#outbox.load.isAwaiting,
      lastHeard: () => log.lastHeard,
      ask: () => log.inquire(),
    })
  }

  getSnapshot = (): ConversationSnapshot => {
    this.#snapshot ??= snapshotOf(this.id, {
      log: this.#log.log,
      local: this.#outbox.tasks,
      error: this.#alerts.error,
      discontinuity: this.#alerts.discontinuity,
      isLoading: !this.#log.isLoaded && this.#log.joinError === null && !this.#closed.aborted,
    })
    return this.#snapshot
  }

  subscribe = (listener: () => void): (() => void) => {
    const remove = this.#notifier.listeners.add(listener)
    if (!this.#closed.aborted) this.#act(false)
    return () => {
      remove()
      this.#interestChanged()
    }
  }

  on<Name extends keyof ConversationEvents>(
    event: Name,
    listener: (payload: ConversationEvents[Name]) => void,
  ): () => void {
    const off = this.#alerts.events.on(event, listener)
    if (this.#closed.aborted) return off
    const release = this.#context.owner.retain(this)
    return () => {
      off()
      release()
    }
  }

  sendMessage(message: string | MessageInput): ChatTask {
    return this.#submit((now) => ({ kind: 'message', message: userMessage(message, now) }), message)
  }

  regenerate(target?: { messageId?: string | undefined }): ChatTask {
    return this.#submit(() => {
      const { messages } = this.getSnapshot()
      const messageId = targetOf(target) ?? answerToRegenerate(messages, this.#outbox.tasks)
      if (messageId === undefined)
        throw this.#error('unknown_message', 'unable to regenerate; there is no answer')
      return replacement(messageId)
    })
  }

  editMessage(messageId: string, edited: string | MessageInput): ChatTask {
    const refused = this.#outbox.findFailed(messageId)
    const task = this.#submit((now) => {
      const shownId = this.#outbox.currentId(messageId)
      const before = this.getSnapshot().messages.find(({ id }) => id === shownId)
      const message = editedMessage(edited, before, now)
      // The server knows nothing of a message that it refused, so the new one takes its place.
      return refused ? { ...refused.input, message } : replacement(messageId, message)
    }, edited)
    if (refused && this.#outbox.has(task.id)) this.#outbox.discard(refused.taskId)
    return task
  }

  addToolOutput(result: ToolResult): ChatTask {
    return this.#submit(() => toolOutput(result))
  }

  respondToApproval(response: ApprovalResponse): ChatTask {
    return this.#submit(() => approval(response))
  }

  stop(taskId = taskToStop(this.#log.log, this.#outbox.tasks)): Promise<void> {
    if (taskId === undefined) return Promise.resolve()
    const stopped = this.#outbox.stop(taskId)
    stopped.catch((error: AppError) => {
      this.#repeat = { error, again: () => this.stop(taskId) }
    })
    this.#interestChanged()
    return stopped
  }

  retry(taskId = taskToRetry(this.getSnapshot().messages, this.#outbox.tasks)): ChatTask {
    if (this.#closed.aborted) return this.#refuse(taskId ?? nanoid(), this.#closed.reason)
    const repeat = taskId === undefined && this.#repeatOfShown()
    this.#beginAnew()
    if (repeat) return tasklessTask(nanoid(), repeat(), this.#error('unknown_task', notFailed))
    const task = taskId === undefined ? null : this.#outbox.retry(taskId)
    if (!task) return this.#refuse(taskId ?? nanoid(), this.#error('unknown_task', notFailed))
    this.#act()
    return task
  }

  /** Does again whatever failed without a task: joining, else what the shown error is about. */
  #repeatOfShown(): (() => Promise<unknown>) | undefined {
    if (this.#log.joinError) return () => this.#join()
    return this.#repeat?.error === this.#alerts.error ? this.#repeat?.again : undefined
  }

  #join(): Promise<unknown> {
    this.#act()
    return this.#changes.waitFor(() => this.#log.isSynced(), this.#closed)
  }

  retryNow(taskId = this.getSnapshot().retryState?.taskId): boolean {
    return taskId !== undefined && this.#outbox.retryNow(taskId)
  }

  discard(taskId: string): boolean {
    if (!this.#outbox.discard(taskId)) return false
    this.#alerts.clearError()
    return true
  }

  loadOlder(): Promise<void> {
    if (!this.#log.log.hasOlder) return Promise.resolve()
    this.#loadingOlder ??= this.#loadOlder()
    this.#interestChanged()
    // A page that asks and doesn't care for the answer shall hear of no unhandled rejection.
    this.#loadingOlder.catch(() => {})
    return this.#loadingOlder
  }

  clearError(): void {
    this.rejoin()
    this.#alerts.clear()
  }

  /** Joins again if joining was given up. */
  rejoin(): void {
    if (this.#log.joinError) this.#log.sync()
  }

  /** Whether the conversation is shown or something is under way. */
  get isInteresting(): boolean {
    return this.#notifier.listeners.isHeard || this.#loadingOlder !== null || this.#outbox.load.isBusy
  }

  /** Takes what the server pushed. */
  receive(events: readonly DecodedEvent[]): void {
    if (this.#log.isFollowing || this.#log.cursor) this.#log.receive(events)
  }

  /** Goes on with the intents that another page left unfinished. */
  restore(intents: readonly LeftIntent[]): void {
    if (this.#closed.aborted) return
    this.#outbox.restore(intents)
    this.#act(false)
  }

  /** To be called when the connection came up or went away. */
  onConnection(): void {
    if (this.#context.connectionId() === null) this.#log.pause()
    else this.probe()
    this.#changes.notify()
  }

  /** Asks the server for whatever was missed, which also shows whether the connection is alive. */
  probe(): void {
    if (this.isInteresting) this.#log.sync()
  }

  /**
   * The conversation is no longer shown: drops whatever the server can give again.
   *
   * @returns whether nothing is left that only this object holds.
   */
  leave(): boolean {
    if (this.#log.isFollowing) this.#context.server.leave(this.id).catch(() => {})
    this.#log.reset()
    this.#snapshot = null
    return this.#outbox.tasks.length === 0
  }

  /** Ends it for good. `forget`: nothing of it may stay, in memory or in storage. */
  close(error: AppError, { forget = false } = {}): void {
    if (this.#closed.aborted) return
    this.#closing.abort(error)
    this.#idleWatch.stop()
    this.#outbox.close(error, { forget })
    if (forget) this.#log.reset()
    else this.#log.pause()
    this.#alerts.end(error)
    // Listeners stay, so that they are told of actions that are refused from now on.
    this.#notifier.flush()
  }

  /** @param draft the message that the input carries, as the app gave it. */
  #submit(makeInput: (now: number) => SendInput, draft?: unknown): ChatTask {
    const taskId = nanoid()
    try {
      this.#closed.throwIfAborted()
      const input = makeInput(this.#context.env.clock.now())
      this.#check(input)
      this.#beginAnew()
      const task = this.#outbox.enqueue(taskId, input)
      this.#act()
      return task
    } catch (thrown) {
      const error = this.#context.env.translate(thrown)
      return this.#refuse(taskId, draft === undefined ? error : withDetail(error, 'draft', draft))
    }
  }

  #refuse(taskId: string, error: AppError): ChatTask {
    this.#alerts.refuse(error)
    return refusedTask(taskId, error)
  }

  #check(input: SendInput): void {
    const { limits, maxPayload, owner } = this.#context
    checkInput(input, {
      waiting: owner.queued(),
      maxQueued: limits.maxQueued,
      maxBytes: Math.min(limits.maxMessageBytes, this.#news.serverLimit),
      maxPayload: maxPayload(),
    })
  }

  #error(code: string, message: string): AppError {
    return this.#context.env.translate(new AppError({ code, message }))
  }

  /** Before a person's action: what failed before is over, and so is having given up joining. */
  #beginAnew(): void {
    this.#alerts.clearError()
    this.rejoin()
  }

  /** After a person's action: the person waits, so the SDK must not. */
  #act(atOnce = true): void {
    this.#outbox.start()
    this.#context.owner.onWanted(atOnce)
    this.#interestChanged()
  }

  #interestChanged(): void {
    if (this.#closed.aborted) return
    const interested = this.isInteresting
    this.#context.owner.onInterest(interested)
    if (interested && !this.#log.isFollowing) this.#log.sync()
  }

  async #loadOlder(): Promise<void> {
    const { server, env } = this.#context
    try {
      await loadOlder({
        conversationId: this.id,
        server,
        clock: env.clock,
        reader: this.#log,
        changes: this.#changes,
        onSkipped: (count) => this.#news.onSkipped(count),
        signal: this.#closed,
      })
    } catch (thrown) {
      const error = env.translate(thrown)
      this.#repeat = { error, again: () => this.loadOlder() }
      this.#alerts.onError(error)
      throw error
    } finally {
      this.#loadingOlder = null
      this.#interestChanged()
    }
  }

  /** @returns whether the app may be told of the event. */
  #logChanged(event: ChatEvent | null): boolean {
    if (this.#closed.aborted) return false
    this.#dirty()
    // Text changes nothing that anybody waits for.
    if (event?.type === 'delta') return false
    this.#outbox.observe(event)
    this.#changes.notify()
    return true
  }

  #outboxChanged(): void {
    if (this.#closed.aborted) return
    this.#dirty()
    const { owner } = this.#context
    const before = this.#load
    this.#load = this.#outbox.load
    if (this.#load.isAwaiting !== before.isAwaiting) this.#idleWatch.look()
    owner.onInterest(this.isInteresting)
    const more = this.#load.unsent - before.unsent
    if (more !== 0) owner.onQueue(more)
  }

  #dirty(): void {
    this.#snapshot = null
    this.#notifier.notify()
  }
}
