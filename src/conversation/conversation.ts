import { nanoid } from 'nanoid'
import { type ChatTask, refusedTask } from '../delivery/chat-task.js'
import { Outbox } from '../delivery/outbox.js'
import { isAwaited, isUnsent, isUnsettled, type OutgoingTasks } from '../delivery/outgoing-task.js'
import { isStoredIn } from '../delivery/task-in-log.js'
import { AppError } from '../errors/app-error.js'
import { loadOlder } from '../event-log/load-older.js'
import { countVanished, type LogState } from '../event-log/log-state.js'
import { LogSynchronizer } from '../event-log/log-synchronizer.js'
import { messageById } from '../event-log/message-list.js'
import type { DecodedEvent } from '../protocol/decode.js'
import type { ChatEvent, SendInput } from '../protocol/events.js'
import { Condition } from '../shared/condition.js'
import { Notifier } from '../shared/notifier.js'
import type { StoredIntent } from '../storage/stored-intent.js'
import { ConversationAlerts } from './conversation-alerts.js'
import type { ConversationContext, ConversationEvents } from './conversation-context.js'
import { type ConversationSnapshot, snapshotOf, withoutHidden } from './conversation-state.js'
import { answerToRegenerate, taskToRetry, taskToStop } from './default-targets.js'
import { IdleWatch } from './idle-watch.js'
import {
  approval,
  inputBytes,
  type MessageInput,
  replacement,
  targetOf,
  toolOutput,
  userMessage,
} from './intent.js'

/**
 * One conversation: what its log says and what this client wants of it, as a store that a page reads. Every action
 * shows at once; none of them throws: the promises that they give reject, with an {@link AppError}.
 */
export class Conversation {
  readonly id: string
  readonly #context: ConversationContext
  readonly #reader: LogSynchronizer
  readonly #outbox: Outbox
  readonly #idleWatch: IdleWatch
  readonly #notifier: Notifier
  readonly #changes = new Condition()
  readonly #alerts: ConversationAlerts
  readonly #closing = new AbortController()
  #closed: AppError | null = null
  #snapshot: ConversationSnapshot | null = null
  #serverLimit = Number.POSITIVE_INFINITY
  /** This client's tasks when a snapshot began to replace the log. */
  #tasksBefore: OutgoingTasks = []
  /** How many intents the server has not accepted yet. */
  #queued = 0
  #loadingOlder: Promise<void> | null = null

  /** Use `client.conversation(id)`. */
  constructor(id: string, context: ConversationContext) {
    this.id = id
    this.#context = context
    const { reconnect, clock, idle, schedule, report } = context
    this.#alerts = new ConversationAlerts({
      report,
      changed: () => this.#dirty(),
      shown: () => this.getSnapshot().messages.length,
    })
    this.#notifier = new Notifier(schedule, clock)
    const reader = new LogSynchronizer({
      ...context,
      conversationId: id,
      backoff: { ...reconnect, maxAttempts: Number.POSITIVE_INFINITY },
      listener: {
        changed: (event) => this.#logChanged(event),
        failed: (error) => this.#alerts.fail(error),
        replacing: () => {
          this.#tasksBefore = this.#outbox.tasks
        },
        replaced: (before) => this.#logReplaced(before),
        skipped: (count) => this.#alerts.reportDiscontinuity('skipped', count),
        answered: ({ limits }) => {
          this.#serverLimit = limits.max_message_bytes
        },
      },
    })
    this.#reader = reader
    this.#outbox = new Outbox({
      ...context,
      conversationId: id,
      changes: this.#changes,
      log: reader,
      listener: {
        changed: () => this.#outboxChanged(),
        retrying: (retry) => this.#alerts.tell('retry', retry),
        failed: (error) => this.#alerts.fail(error),
        onRecovered: (error) => this.#alerts.onRecovered(error),
        finished: (answer) => this.#alerts.events.emit('finish', answer),
      },
    })
    this.#idleWatch = new IdleWatch({
      clock,
      idle,
      isAwaiting: () => this.#outbox.tasks.some(isAwaited),
      lastHeard: () => reader.lastHeard,
      ask: () => reader.inquire(),
    })
  }

  /** The same object until something changes. */
  getSnapshot = (): ConversationSnapshot => {
    this.#snapshot ??= snapshotOf(this.id, {
      log: this.#reader.log,
      local: this.#outbox.tasks,
      error: this.#alerts.error,
      discontinuity: this.#alerts.discontinuity,
    })
    return this.#snapshot
  }

  /** Connects, joins and calls `listener` after changes, at most once a frame. @returns the undo, which leaves later. */
  subscribe = (listener: () => void): (() => void) => {
    if (this.#closed) return () => {}
    const remove = this.#notifier.listeners.add(listener)
    this.#act(false)
    return () => {
      remove()
      this.#interestChanged()
    }
  }

  /** Until the undo is called the client keeps the conversation, though the app may not. @returns the undo. @throws TypeError */
  on<Name extends keyof ConversationEvents>(
    event: Name,
    listener: (payload: ConversationEvents[Name]) => void,
  ): () => void {
    const off = this.#alerts.events.on(event, listener)
    if (this.#closed) return off
    const release = this.#context.retain(this)
    return () => {
      off()
      release()
    }
  }

  /** Sends a person's message. It is in the snapshot at once; a refused one adds nothing and rejects both promises. */
  sendMessage(message: string | MessageInput): ChatTask {
    return this.#submit((now) => ({ kind: 'message', message: userMessage(message, now) }))
  }

  /**
   * Answers again from `messageId`, and what follows it is removed; by default the answer to the last question, and where
   * that has none (yet), both promises reject with `unknown_message`.
   */
  regenerate(target?: { messageId?: string | undefined }): ChatTask {
    return this.#submit(() => {
      const messageId = targetOf(target) ?? answerToRegenerate(this.getSnapshot().messages)
      if (messageId === undefined)
        throw this.#fail('unknown_message', 'unable to regenerate; there is no answer yet')
      return replacement(messageId)
    })
  }

  /** Puts a new text in the place of a person's message; what follows it is removed. */
  editMessage(messageId: string, text: string): ChatTask {
    const refused = this.#outbox.findFailed(messageId)
    const task = this.#submit((now) => {
      const message = userMessage(text, now)
      // The server knows nothing of a message that it refused: what that was meant to be, the new one is.
      return refused ? { ...refused.input, message } : replacement(messageId, message)
    })
    if (refused && this.#outbox.has(task.id)) this.#outbox.discard(refused.taskId)
    return task
  }

  /** Gives the result, or the error, of a tool call that waits for the app to run it. */
  addToolOutput(result: { toolCallId: string } & ({ output: unknown } | { error: string })): ChatTask {
    return this.#submit(() => toolOutput(result))
  }

  /** Gives the person's word on a tool call that waits for it. The model reads `reason`, if there is one. */
  respondToApproval(response: {
    toolCallId: string
    approved: boolean
    reason?: string | undefined
  }): ChatTask {
    return this.#submit(() => approval(response))
  }

  /**
   * Stops a task: by default the one that is running, else the one sent last. Resolves when the server has acknowledged it,
   * or nothing of the task can reach the server any more.
   */
  stop(taskId = taskToStop(this.#reader.log, this.#outbox.tasks)): Promise<void> {
    if (taskId === undefined) return Promise.resolve()
    const stopped = this.#outbox.stop(taskId)
    this.#interestChanged()
    return stopped
  }

  /** A person's retry of a failed task, by default the last one; the task keeps its id. */
  retry(taskId = taskToRetry(this.getSnapshot().messages, this.#outbox.tasks)): ChatTask {
    if (taskId === undefined || this.#closed) {
      const error = this.#closed ?? this.#fail('unknown_task', 'unable to retry; nothing has failed')
      return refusedTask(taskId ?? nanoid(), error)
    }
    this.#beginAnew()
    const task = this.#outbox.retry(taskId)
    this.#act()
    return task
  }

  /** Skips the wait before the next attempt. @returns whether there was one. */
  retryNow(taskId = this.getSnapshot().retryState?.taskId): boolean {
    return taskId !== undefined && this.#outbox.retryNow(taskId)
  }

  /** Takes a failed message that was never accepted off the screen. @returns whether there was one. */
  discard(taskId: string): boolean {
    if (!this.#outbox.discard(taskId)) return false
    this.#alerts.clearError()
    return true
  }

  /**
   * Fetches the page of history before the first message; does nothing where there is none. Calls while it does join it.
   *
   * @throws AppError `timeout` where no connection comes back in half a minute, `network` where none was there to begin
   * with, or what the server refuses it with.
   */
  loadOlder(): Promise<void> {
    if (!this.#reader.log.hasOlder) return Promise.resolve()
    this.#loadingOlder ??= this.#loadOlder()
    this.#interestChanged()
    // A page that asks and doesn't care for the answer shall hear of no unhandled rejection.
    this.#loadingOlder.catch(() => {})
    return this.#loadingOlder
  }

  /** Takes the error and the notice of a discontinuity off the screen. */
  clearError(): void {
    if (this.#alerts.error || this.#alerts.discontinuity) this.#alerts.clear()
  }

  /** @internal Whether somebody looks at it or something is under way. */
  get isInteresting(): boolean {
    return (
      this.#notifier.listeners.isHeard || this.#loadingOlder !== null || this.#outbox.tasks.some(isUnsettled)
    )
  }

  /** @internal */
  receive(events: readonly DecodedEvent[]): void {
    if (this.#reader.isFollowing || this.#reader.cursor) this.#reader.receive(events)
  }

  /** @internal Goes on with what another page left unfinished. */
  restore(intents: readonly StoredIntent[]): void {
    if (this.#closed) return
    this.#outbox.restore(intents)
    this.#act(false)
  }

  /** @internal The connection came up or went away. */
  connectionChanged(): void {
    if (this.#context.connectionId() === null) this.#reader.pause()
    else this.probe()
    this.#changes.notify()
  }

  /** @internal Asks whether the connection is alive, and what was missed. */
  probe(): void {
    if (this.isInteresting) this.#reader.sync()
  }

  /**
   * @internal Nobody looks any more; what the server has is given up, and had again when somebody does.
   *
   * @returns whether nothing is left that only this object holds.
   */
  leave(): boolean {
    if (this.#reader.isFollowing) this.#context.server.leave(this.id).catch(() => {})
    this.#reader.reset()
    this.#snapshot = null
    return this.#outbox.tasks.length === 0
  }

  /** @internal For good. `forget`: nothing of it may stay, in memory or in storage. */
  close(error: AppError, { forget = false } = {}): void {
    if (this.#closed) return
    this.#closed = error
    this.#closing.abort(error)
    this.#idleWatch.stop()
    this.#outbox.close(error, { forget })
    if (forget) this.#reader.reset()
    else this.#reader.pause()
    this.#alerts.clear()
    this.#notifier.close()
    this.#alerts.events.clear()
  }

  #submit(makeInput: (now: number) => SendInput): ChatTask {
    const taskId = nanoid()
    try {
      if (this.#closed) throw this.#closed
      const input = makeInput(this.#context.clock.now())
      this.#check(input)
      this.#beginAnew()
      const task = this.#outbox.enqueue(taskId, input)
      this.#act()
      return task
    } catch (error) {
      return refusedTask(taskId, this.#context.translate(error))
    }
  }

  #check(input: SendInput): void {
    const { maxQueued, maxMessageBytes } = this.#context.limits
    if (this.#queued >= maxQueued) {
      throw this.#fail('queue_full', `unable to send; ${maxQueued} messages wait already`)
    }
    const most = Math.min(maxMessageBytes, this.#serverLimit)
    if (inputBytes(input) > most) {
      throw this.#fail('message_too_large', `unable to send; the message is larger than ${most} bytes`)
    }
  }

  #fail(code: string, message: string): AppError {
    return this.#context.translate(new AppError({ code, message }))
  }

  /** Before a person's action: what failed before is over, and so is having given up joining. */
  #beginAnew(): void {
    this.#alerts.clearError()
    if (this.#reader.joinError) this.#reader.sync()
  }

  /** After a person's action: somebody waits, so nothing else should. */
  #act(atOnce = true): void {
    this.#outbox.load()
    this.#context.wanted(atOnce)
    this.#interestChanged()
  }

  #interestChanged(): void {
    if (this.#closed) return
    const interested = this.isInteresting
    this.#context.interestChanged(interested)
    if (interested && !this.#reader.isFollowing) this.#reader.sync()
  }

  async #loadOlder(): Promise<void> {
    try {
      await loadOlder({
        ...this.#context,
        conversationId: this.id,
        reader: this.#reader,
        changes: this.#changes,
        skipped: (count) => this.#alerts.reportDiscontinuity('skipped', count),
        signal: this.#closing.signal,
      })
    } catch (error) {
      throw this.#context.translate(error)
    } finally {
      this.#loadingOlder = null
      this.#interestChanged()
    }
  }

  #logChanged(event: ChatEvent | null): void {
    if (this.#closed) return
    this.#dirty()
    // Text changes nothing that anybody waits for.
    if (event?.type === 'delta') return
    this.#outbox.observe()
    this.#changes.notify()
    this.#idleWatch.look()
    if (event?.type === 'message') this.#emitMessage(event.message.id)
    if (event?.type === 'start') this.#emitMessage(event.message_id)
  }

  #outboxChanged(): void {
    if (this.#closed) return
    this.#dirty()
    this.#idleWatch.look()
    const queued = this.#outbox.tasks.filter(isUnsent).length
    const more = queued - this.#queued
    this.#queued = queued
    this.#context.interestChanged(this.isInteresting)
    if (more !== 0) this.#context.queueChanged(more)
  }

  #emitMessage(id: string): void {
    const message = messageById(this.#reader.log.messages, id)
    if (message) this.#alerts.events.emit('message', message)
  }

  #logReplaced(before: LogState): void {
    // An intent of this client explains the messages that it had taken off the screen, once the log holds the intent.
    const done = this.#tasksBefore.filter((task) => isStoredIn(this.#reader, task))
    this.#tasksBefore = []
    const vanished = countVanished(this.#reader.log, withoutHidden(before, done))
    if (vanished > 0) this.#alerts.reportDiscontinuity('vanished', vanished)
  }

  #dirty(): void {
    this.#snapshot = null
    this.#notifier.notify()
  }
}
