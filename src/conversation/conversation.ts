import { nanoid } from 'nanoid'
import type { ChatServer } from '../delivery/chat-server.js'
import { type ChatTask, refusedTask } from '../delivery/chat-task.js'
import type { IntentStore } from '../delivery/intent-store.js'
import { Outbox } from '../delivery/outbox.js'
import { AppError } from '../errors/app-error.js'
import type { DecodedEvent } from '../protocol/decode.js'
import type { ChatEvent, SendInput } from '../protocol/events.js'
import type { RetryConfig } from '../recovery/backoff.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import type { Clock, TimerId } from '../shared/clock.js'
import { Condition } from '../shared/condition.js'
import { Emitter, guarded } from '../shared/emitter.js'
import type { Logger } from '../shared/logger.js'
import type { Schedule } from '../shared/schedule.js'
import { type ConversationSnapshot, type Discontinuity, snapshotOf } from './conversation-state.js'
import { inputBytes, type MessageInput, userMessage } from './intent.js'
import { LogReader } from './log-reader.js'
import { countVanished, type LogState } from './log-state.js'
import type { ChatMessage, RetryState } from './message.js'
import { messageAt, messageById, prepend } from './message-list.js'
import { answerOf, isInLog, lookUpTask } from './task-in-log.js'
import { messageFromWire } from './wire-message.js'

export interface ConversationEvents {
  /** The log has a new message: a person's that was accepted, or an answer that has begun. */
  message: ChatMessage
  /** An answer to this client's task is over, complete or stopped. */
  finish: ChatMessage
  /** A task of this client was given up. */
  error: AppError
  /** A task of this client waits for its next attempt. */
  retry: RetryState
  /** Something that was shown is gone, or something was skipped. */
  discontinuity: Discontinuity
}

/** What the client gives each of its conversations. */
export interface ConversationContext {
  readonly server: ChatServer
  readonly manager: ErrorRecoveryManager
  /** Where this conversation's intents outlive the page; null where nothing does. */
  readonly store: IntentStore | null
  readonly clock: Clock
  readonly logger: Logger
  readonly schedule: Schedule
  readonly translate: (error: unknown) => AppError
  readonly reconnect: RetryConfig
  /** Milliseconds that an accepted task may be silent before it is asked after. */
  readonly idle: number
  readonly limits: { readonly maxQueued: number; readonly maxMessageBytes: number }
  /** Number of the connection that is up; null while none is. */
  readonly session: () => number | null
  /** Somebody looks at the conversation or has something to send: a connection is wanted. */
  readonly wanted: (conversation: Conversation) => void
  /** Nobody looks any more and nothing is under way, or the contrary. */
  readonly interestChanged: (interested: boolean) => void
  /** The number of messages that wait to be accepted may have changed. */
  readonly queueChanged: () => void
  /** Tells the whole page of what happened here. */
  readonly report: <Name extends keyof ConversationReports>(
    event: Name,
    payload: ConversationReports[Name],
  ) => void
}

/** The events that the client tells too. */
export type ConversationReports = Pick<ConversationEvents, 'error' | 'retry' | 'discontinuity'>

/**
 * One conversation: what its log says and what this client wants of it, as a store that a page reads. Every action
 * shows at once; none of them throws.
 */
export class Conversation {
  readonly id: string
  readonly #context: ConversationContext
  readonly #reader: LogReader
  readonly #outbox: Outbox
  readonly #changes = new Condition()
  readonly #events = new Emitter<ConversationEvents>()
  readonly #listeners = new Set<() => void>()
  #error: AppError | null = null
  #discontinuity: Discontinuity | null = null
  #snapshot: ConversationSnapshot | null = null
  #cancelFlush: (() => void) | null = null
  #serverLimit = Number.POSITIVE_INFINITY
  #idleTimer: TimerId | null = null
  #loadingOlder: Promise<void> | null = null
  #closed: AppError | null = null

  /** Use `client.conversation(id)`. */
  constructor(id: string, context: ConversationContext) {
    this.id = id
    this.#context = context
    const { server, manager, clock, logger, translate, reconnect, session } = context
    this.#reader = new LogReader({
      conversationId: id,
      server,
      manager,
      backoff: { ...reconnect, maxAttempts: Number.POSITIVE_INFINITY },
      clock,
      logger,
      translate,
      session,
      listener: {
        changed: (event) => this.#logChanged(event),
        replaced: (before) => this.#logReplaced(before),
        skipped: (count) => this.#noteDiscontinuity('skipped', count),
        answered: ({ limits }) => {
          this.#serverLimit = limits.max_message_bytes
        },
      },
    })
    this.#outbox = new Outbox({
      conversationId: id,
      server,
      manager,
      clock,
      changes: this.#changes,
      store: context.store,
      log: {
        isSynced: () => this.#isSynced(),
        position: () => this.#reader.cursor,
        look: (task) => lookUpTask(this.#reader.log, this.#reader.cursor, task),
        isInLog: (taskId) => isInLog(this.#reader.log, taskId),
        isFailedInLog: (taskId) => this.#reader.log.tasks.get(taskId)?.state === 'failed',
        answer: (taskId) => answerOf(this.#reader.log, taskId),
        inquire: () => this.#reader.sync(),
      },
      listener: {
        changed: () => this.#outboxChanged(),
        retrying: ({ retry }) => retry && this.#tell('retry', retry),
        failed: (error) => this.#taskFailed(error),
        finished: (answer) => this.#events.emit('finish', answer),
      },
    })
  }

  /** The same object until something changes. */
  getSnapshot = (): ConversationSnapshot => {
    this.#snapshot ??= snapshotOf(this.id, {
      log: this.#reader.log,
      local: this.#outbox.tasks,
      error: this.#error,
      discontinuity: this.#discontinuity,
    })
    return this.#snapshot
  }

  /** Connects, joins and calls `listener` after changes, at most once a frame. @returns the undo, which leaves later. */
  subscribe = (listener: () => void): (() => void) => {
    const safe = guarded(listener)
    this.#listeners.add(safe)
    this.#act()
    return () => {
      if (this.#listeners.delete(safe)) this.#interestChanged()
    }
  }

  /** @returns the undo. */
  on<Name extends keyof ConversationEvents>(
    event: Name,
    listener: (payload: ConversationEvents[Name]) => void,
  ): () => void {
    return this.#events.on(event, listener)
  }

  /** Sends a person's message. It is in the snapshot at once; a refused one adds nothing and rejects both promises. */
  sendMessage(message: string | MessageInput): ChatTask {
    return this.#submit(() => ({ kind: 'message', message: userMessage(message, this.#context.clock.now()) }))
  }

  /** Answers again from `messageId`, by default the last answer; what follows it is removed. */
  regenerate({ messageId }: { messageId?: string } = {}): ChatTask {
    return this.#submit(() => {
      const answers = this.getSnapshot().messages.filter((message) => message.role === 'assistant')
      const target = messageId ?? answers.at(-1)?.id
      if (target === undefined)
        throw this.#fail('unknown_message', 'unable to regenerate; there is no answer yet')
      return { kind: 'regenerate', message_id: target }
    })
  }

  /** Puts a new text in the place of a person's message; what follows it is removed. */
  editMessage(messageId: string, text: string): ChatTask {
    return this.#submit(() => ({
      kind: 'edit',
      message_id: messageId,
      message: userMessage(text, this.#context.clock.now()),
    }))
  }

  /** Gives the result of a tool call that waits for the app to run it. */
  addToolOutput({ toolCallId, output }: { toolCallId: string; output: unknown }): ChatTask {
    return this.#submit(() => ({ kind: 'tool', tool_call_id: toolCallId, output: output ?? null }))
  }

  /** Gives the person's word on a tool call that waits for it. */
  respondToApproval({ toolCallId, approved }: { toolCallId: string; approved: boolean }): ChatTask {
    return this.#submit(() => ({ kind: 'tool', tool_call_id: toolCallId, approved }))
  }

  /**
   * Stops a task: by default the one that is running, else the one sent last. Resolves when the server has acknowledged it,
   * or nothing of the task can reach the server any more.
   */
  stop(taskId = this.#taskToStop()): Promise<void> {
    if (taskId === undefined) return Promise.resolve()
    const stopped = this.#outbox.stop(taskId)
    stopped.catch(() => {})
    this.#interestChanged()
    return stopped
  }

  /** A person's retry of a failed task, by default the last one; the task keeps its id. */
  retry(taskId = this.#lastFailed()): ChatTask {
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
    return taskId !== undefined && this.#context.manager.retryNow(taskId)
  }

  /** Takes a failed message that was never accepted off the screen. @returns whether there was one. */
  discard(taskId: string): boolean {
    this.#error = null
    this.#dirty()
    return this.#outbox.discard(taskId)
  }

  /** Fetches the page of history before the first message. @throws AppError */
  loadOlder(): Promise<void> {
    this.#loadingOlder ??= this.#loadOlder().finally(() => {
      this.#loadingOlder = null
    })
    return this.#loadingOlder
  }

  /** Takes the error and the notice of a discontinuity off the screen. */
  clearError(): void {
    this.#error = null
    this.#discontinuity = null
    this.#dirty()
  }

  /** @internal Whether somebody looks at it or something is under way. */
  get isInteresting(): boolean {
    return this.#listeners.size > 0 || this.#outbox.tasks.some((task) => task.phase !== 'failed')
  }

  /** @internal How many intents the server has not accepted yet. */
  get queued(): number {
    return this.#outbox.tasks.filter((task) => task.phase === 'queued' || task.phase === 'sending').length
  }

  /** @internal */
  receive(events: readonly DecodedEvent[]): void {
    if (this.#reader.isFollowing || this.#reader.cursor) this.#reader.receive(events)
  }

  /** @internal The connection came up or went away. */
  connectionChanged(): void {
    if (this.#context.session() === null) this.#reader.pause()
    else if (this.isInteresting) this.#reader.sync()
    this.#changes.notify()
  }

  /** @internal Asks whether the connection is alive, and what was missed. */
  probe(): void {
    if (this.isInteresting) this.#reader.sync()
  }

  /** @internal Nobody needs it any more; what it holds is given up, and had again when somebody does. */
  leave(): void {
    if (this.#reader.isFollowing) this.#context.server.leave(this.id).catch(() => {})
    this.#reader.reset()
    this.#snapshot = null
  }

  /** @internal */
  close(error: AppError): void {
    this.#closed = error
    this.#reader.pause()
    this.#outbox.close(error)
    this.#cancelFlush?.()
    this.#clearIdle()
    this.#listeners.clear()
    this.#events.clear()
  }

  #submit(makeInput: () => SendInput): ChatTask {
    const taskId = nanoid()
    try {
      if (this.#closed) throw this.#closed
      const input = makeInput()
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
    if (this.queued >= maxQueued) {
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
    this.#error = null
    if (this.#reader.joinError) this.#reader.sync()
  }

  /** After a person's action: somebody waits, so nothing else should. */
  #act(): void {
    void this.#outbox.load()
    this.#context.wanted(this)
    this.#interestChanged()
  }

  #taskToStop(): string | undefined {
    for (const task of this.#reader.log.tasks.values()) if (task.state === 'running') return task.taskId
    const open = this.#outbox.tasks.filter((task) => task.phase !== 'failed')
    const last = open.at(-1)?.taskId
    return (
      last ?? [...this.#reader.log.tasks.values()].filter(({ state }) => state === 'queued').at(-1)?.taskId
    )
  }

  #lastFailed(): string | undefined {
    const failed = this.getSnapshot().messages.findLast((message) => message.status === 'failed')
    return failed?.taskId ?? this.#outbox.tasks.findLast((task) => task.phase === 'failed')?.taskId
  }

  /** @throws AppError when joining was given up. */
  #isSynced(): boolean {
    if (this.#reader.joinError) throw this.#reader.joinError
    return this.#reader.isCurrent
  }

  #interestChanged(): void {
    const interested = this.isInteresting
    this.#context.interestChanged(interested)
    if (interested && !this.#reader.isFollowing) this.#reader.sync()
  }

  async #loadOlder(): Promise<void> {
    const { server, translate } = this.#context
    const first = messageAt(this.#reader.log.messages, 0)
    const { cursor } = this.#reader
    if (!first || !cursor || !this.#reader.log.hasOlder) return
    const answer = await server
      .history({ conversation_id: this.id, before: first.id })
      .catch((error: unknown) => {
        throw translate(error)
      })
    if (answer.skipped > 0) this.#noteDiscontinuity('skipped', answer.skipped)
    const { log } = this.#reader
    if (answer.epoch !== this.#reader.cursor?.epoch || messageAt(log.messages, 0)?.id !== first.id) return
    const older = answer.messages
      .filter((message) => messageById(log.messages, message.id) === undefined)
      .map((message) => messageFromWire(message, translate))
    this.#reader.prepend({ ...log, messages: prepend(log.messages, older), hasOlder: answer.has_older })
  }

  #logChanged(event: ChatEvent | null): void {
    this.#dirty()
    // Text changes nothing that anybody waits for.
    if (event?.type === 'delta') return
    const { joinError } = this.#reader
    if (joinError && joinError !== this.#error) this.#taskFailed(joinError)
    this.#outbox.observe()
    this.#changes.notify()
    this.#watchIdle()
    if (event?.type === 'message') this.#emitMessage(event.message.id)
    if (event?.type === 'start') this.#emitMessage(event.message_id)
  }

  #outboxChanged(): void {
    if (this.#closed) return
    this.#dirty()
    this.#context.queueChanged()
    this.#context.interestChanged(this.isInteresting)
  }

  #emitMessage(id: string): void {
    const message = messageById(this.#reader.log.messages, id)
    if (message) this.#events.emit('message', message)
  }

  #logReplaced(before: LogState): void {
    const vanished = countVanished(this.#reader.log, before)
    if (vanished > 0) this.#noteDiscontinuity('vanished', vanished)
  }

  #noteDiscontinuity(reason: Discontinuity['reason'], count: number): void {
    const sum = this.#discontinuity?.reason === reason ? this.#discontinuity.count + count : count
    this.#dirty()
    this.#discontinuity = { reason, count: sum, kept: this.getSnapshot().messages.length }
    this.#dirty()
    this.#tell('discontinuity', this.#discontinuity)
  }

  #taskFailed(error: AppError): void {
    if (error.code === 'cancelled' || error.code === 'closed') return
    this.#error = error
    this.#dirty()
    this.#tell('error', error)
  }

  #tell<Name extends keyof ConversationReports>(event: Name, payload: ConversationReports[Name]): void {
    this.#events.emit(event, payload as ConversationEvents[Name])
    this.#context.report(event, payload)
  }

  /** While a task is under way, anybody's: one timer, which looks how long nothing was heard and asks if it is too long. */
  #watchIdle(): void {
    const { tasks } = this.#reader.log
    const underWay = [...tasks.values()].some(({ state }) => state !== 'failed')
    const awaited =
      this.isInteresting && (underWay || this.#outbox.tasks.some(({ phase }) => phase === 'accepted'))
    if (!awaited) this.#clearIdle()
    if (!awaited || this.#idleTimer !== null) return
    const { clock, idle } = this.#context
    const silence = clock.now() - this.#reader.lastHeard
    this.#idleTimer = clock.setTimeout(
      () => {
        this.#idleTimer = null
        if (clock.now() - this.#reader.lastHeard >= idle) this.#reader.sync()
        this.#watchIdle()
      },
      Math.max(idle - silence, idle / 10),
    )
  }

  #clearIdle(): void {
    if (this.#idleTimer !== null) this.#context.clock.clearTimeout(this.#idleTimer)
    this.#idleTimer = null
  }

  #dirty(): void {
    this.#snapshot = null
    if (this.#cancelFlush || this.#closed || this.#listeners.size === 0) return
    this.#cancelFlush = this.#context.schedule(() => {
      this.#cancelFlush = null
      for (const listener of [...this.#listeners]) listener()
    })
  }
}
