import { AppError } from '../errors/app-error.js'
import type { Env } from '../errors/env.js'
import type { ChatMessage, RetryState } from '../message/message.js'
import type { ChatRequests } from '../protocol/chat-requests.js'
import type { ChatEvent, Position, SendInput } from '../protocol/events.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import { isBusyRefusal } from '../recovery/retry-task.js'
import type { Condition } from '../shared/wait.js'
import type { IntentStore } from '../storage/intent-store.js'
import type { StoredIntent } from '../storage/stored-intent.js'
import { type ChatTask, createTaskHandle, type TaskHandle } from './chat-task.js'
import { Expiry } from './expiry.js'
import {
  isAwaited,
  isUnsent,
  isUnsettled,
  isWithdrawn,
  newOutgoingTask,
  type OutgoingTask,
  type OutgoingTasks,
  type TaskEvent,
  transition,
  withdrawnTask,
} from './outgoing-task.js'
import { deliveryAttempt, type FollowedLog, stopAttempt } from './task-attempt.js'
import {
  currentId,
  type Done,
  doneInLog,
  isInLog,
  isSameIntent,
  news,
  outcomeInLog,
  outcomeOf,
  statusInLog,
} from './task-in-log.js'

export interface OutboxOptions {
  readonly conversationId: string
  readonly env: Env
  readonly server: ChatRequests
  readonly log: FollowedLog
  /** The outbox notifies it after each change of a task, the conversation after each change of the log. */
  readonly changes: Condition
  readonly manager: ErrorRecoveryManager
  /** Milliseconds that an intent may wait to be accepted. */
  readonly maxAge: number
  /** Null if nothing outlives the page. */
  readonly store: IntentStore | null
  readonly listener: OutboxListener
}

export interface OutboxListener {
  changed(): void
  retrying(retry: RetryState): void
  failed(error: AppError): void
  /** The log shows that the task which had failed with this error arrived, and did not fail. */
  onRecovered(error: AppError): void
  finished(answer: ChatMessage): void
}

/** A summary of an outbox's tasks, counted once after each change. */
export interface OutboxLoad {
  /** Tasks that the server does not have yet. */
  readonly unsent: number
  /** Whether the log will say how a task ends. */
  readonly isAwaiting: boolean
  /** Whether something will still happen without a person. */
  readonly isBusy: boolean
  /** Whether a task waits for its next attempt. */
  readonly isWaiting: boolean
}

const nothingToDo: OutboxLoad = { unsent: 0, isAwaiting: false, isBusy: false, isWaiting: false }

/** The input of a task that carries a person's message. */
export type SentMessage = Extract<SendInput, { message: unknown }>

/** A task, the promises that the app has for it, and the work that goes on for it. */
interface Entry {
  task: OutgoingTask
  readonly expiry: Expiry
  handle?: TaskHandle | undefined
  /** The run of the recovery manager that delivers the task. */
  run?: object | undefined
  stop?: Promise<void> | undefined
}

/**
 * The intents of one conversation, in the order in which the person acted. Each change of a task goes through
 * {@link transition}, and after each one the pump starts whatever is due.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #closed = new AbortController()
  #entries = new Map<string, Entry>()
  #tasks: OutgoingTasks | null = null
  #isStarted = false
  #isLoaded = false
  #isPumping = false
  #load: OutboxLoad = nothingToDo
  #hasChanged = false

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Looks for the intents that earlier pages left; nothing is sent before. Happens once. */
  start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    void Promise.resolve(this.#options.store?.load()).then(() => {
      this.#isLoaded = true
      this.#pump()
    })
  }

  /** Takes over another page's intents, ahead of whatever was sent later. Intents that are known already stay as they are. */
  restore(intents: readonly StoredIntent[]): void {
    const { env, listener } = this.#options
    const fresh = intents
      .filter(({ taskId }) => !this.#entries.has(taskId))
      // The other page may have sent the input: the server recognises its id, or a person has to decide.
      .map(({ taskId, input, createdAt, stopped = false, sender }) => {
        const task = { ...newOutgoingTask(taskId, input, createdAt), wasSent: true }
        if (sender === undefined) return this.#newEntry({ ...task, stopping: stopped })
        return this.#newEntry({ ...task, phase: 'failed', error: env.translate(maybeSent()) })
      })
    const all = [...this.#entries.values()]
    const last = fresh.at(-1)?.task.createdAt ?? ''
    const later = all.findIndex(({ task }) => task.createdAt > last)
    all.splice(later < 0 ? all.length : later, 0, ...fresh)
    this.#entries = new Map(all.map((entry) => [entry.task.taskId, entry]))
    for (const entry of fresh) {
      const { error } = entry.task
      if (error) listener.failed(error)
      else this.#open(entry)
    }
    this.#pump()
    this.start()
  }

  get load(): OutboxLoad {
    return this.#load
  }

  /** The same array until something changes. */
  get tasks(): OutgoingTasks {
    this.#tasks ??= [...this.#entries.values()].map(({ task }) => task)
    return this.#tasks
  }

  has(taskId: string): boolean {
    return this.#entries.has(taskId)
  }

  /** The id under which a message stands that may have been edited, here or in the log. */
  currentId(messageId: string): string {
    let id = currentId(this.#options.log.log, messageId)
    for (const { task } of this.#entries.values()) {
      const { input, phase } = task
      if (input?.kind === 'edit' && input.message_id === id && phase !== 'failed') id = input.message.id
    }
    return id
  }

  /** The task of a message that failed before the server had it. */
  findFailed(messageId: string): { taskId: string; input: SentMessage } | undefined {
    for (const { task } of this.#entries.values()) {
      const { taskId, input } = task
      if (input && 'message' in input && input.message.id === messageId && this.#isRefused(task))
        return { taskId, input }
    }
    return undefined
  }

  /**
   * Takes an intent. If it asks for the same as one that is on its way or done, that one's outcome is this one's too, and
   * nothing is sent.
   */
  enqueue(taskId: string, input: SendInput): ChatTask {
    for (const { task, handle } of this.#entries.values()) {
      const mayJoin = task.input && task.phase !== 'failed' && !task.stopping
      if (handle && mayJoin && isSameIntent(task.input, input)) return handle.task
    }
    const done = doneInLog(this.#options.log.log, input)
    if (done) {
      const handle = createTaskHandle(taskId, () => Promise.resolve())
      this.#follow(handle, done)
      return handle.task
    }
    // A message that was edited meanwhile stands under another id.
    const sent = input.kind === 'edit' ? { ...input, message_id: this.currentId(input.message_id) } : input
    return this.#open(this.#add(newOutgoingTask(taskId, sent, this.#now())))
  }

  /**
   * A person's retry: of a task that was given up here, or of one that failed in the log, whoever sent it.
   *
   * @returns null if no such task has failed or is being delivered.
   */
  retry(taskId: string): ChatTask | null {
    const logged = this.#options.log.log.tasks.get(taskId)
    const failedAttempt = logged?.state === 'failed' ? logged.attempt : undefined
    const entry = this.#entries.get(taskId)
    if (!entry) {
      if (failedAttempt === undefined) return null
      return this.#open(this.#add({ ...newOutgoingTask(taskId, null), retriedAttempt: failedAttempt }))
    }
    if (entry.task.phase === 'failed' && !entry.task.stopping) {
      this.#apply(entry, { type: 'retried', at: this.#now(), failedAttempt })
      return this.#open(entry)
    }
    this.retryNow(taskId)
    return entry.handle?.task ?? null
  }

  /** Skips the wait before the next attempt. @returns whether there was one. */
  retryNow(taskId: string): boolean {
    const entry = this.#entries.get(taskId)
    return entry !== undefined && this.#options.manager.retryNow(this.#runName(entry))
  }

  /** Resolves when the server has acknowledged it, or nothing of the task can reach the server any more. */
  stop(taskId: string): Promise<void> {
    const { store } = this.#options
    const entry = this.#entries.get(taskId)
    if (!entry) return this.#isInLog({ taskId }) ? this.#withdraw(taskId) : Promise.resolve()
    if (entry.stop) return entry.stop
    if (entry.task.phase === 'failed' && !this.#isInLog(entry.task)) return Promise.resolve()
    if (!entry.task.wasSent && !store?.wasElsewhere(taskId)) {
      this.#remove(entry)
      this.#cancel(entry)
      takeHandle(entry)?.fail(this.#options.env.translate(cancelled()))
      return Promise.resolve()
    }
    store?.stopped(taskId, true)
    this.#apply(entry, { type: 'stopping' })
    this.#cancel(entry)
    return this.#stop(entry)
  }

  /** Takes a failed message that the server never accepted off the screen. @returns whether there was one. */
  discard(taskId: string): boolean {
    const entry = this.#entries.get(taskId)
    if (!entry?.task.input || !this.#isRefused(entry.task)) return false
    this.#remove(entry)
    // The message may have arrived all the same; a discarded one must not come back and run.
    if (entry.task.wasSent) void this.#withdraw(taskId)
    return true
  }

  /**
   * To be called after the log has changed: a task that the log shows is accepted, also without an acknowledgement.
   *
   * @param event the event that was applied; null if the change is of another kind.
   */
  observe(event: ChatEvent | null): void {
    const { cursor } = this.#options.log
    if (cursor === null) return
    const only = this.#load.isWaiting ? undefined : onlyTaskOf(event)
    if (only === undefined) for (const entry of this.#entries.values()) this.#learn(entry, cursor)
    else {
      const entry = this.#entries.get(only)
      if (entry) this.#learn(entry, cursor)
    }
  }

  #learn(entry: Entry, cursor: Position): void {
    const { log, listener, manager } = this.#options
    const { error, retry } = entry.task
    const { state, isPointless, hasFailed } = news(log, entry.task)
    if (isPointless && retry) manager.retryNow(this.#runName(entry))
    if (state === 'accepted') this.#accept(entry, cursor)
    if (state === 'over') this.#remove(entry)
    if (state === 'over' && error && !hasFailed) listener.onRecovered(error)
  }

  /** Rejects whatever is open. Stored intents stay for the next page, unless `forget` is given. */
  close(error: AppError, { forget = false } = {}): void {
    const { store } = this.#options
    const open = [...this.#entries.values()]
    if (forget) for (const { task } of open) store?.remove(task.taskId)
    this.#entries.clear()
    this.#tasks = null
    this.#load = nothingToDo
    this.#closed.abort(error)
    for (const entry of open) {
      entry.run = undefined
      entry.expiry.end()
      takeHandle(entry)?.fail(error)
    }
  }

  /**
   * Looks at each task and starts what is due, until nothing changes any more. A change that is made meanwhile is looked at
   * in the next round, so no task sees another one half changed.
   */
  #pump(): void {
    this.#tasks = null
    this.#hasChanged = true
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      while (this.#hasChanged) {
        this.#hasChanged = false
        this.#startDue()
        this.#options.listener.changed()
        this.#options.changes.notify()
      }
    } finally {
      this.#isPumping = false
    }
  }

  /** One look at each task. The messages of one conversation leave in order, so of the unsent tasks only the first is due. */
  #startDue(): void {
    const load: { -readonly [Field in keyof OutboxLoad]: OutboxLoad[Field] } = { ...nothingToDo }
    for (const entry of this.#entries.values()) {
      const { task } = entry
      const isNext = isUnsent(task) && load.unsent === 0
      if (task.stopping) void this.#stop(entry)
      else if (isNext || task.phase === 'accepted') this.#deliver(entry)
      if (isUnsent(task)) load.unsent++
      load.isAwaiting ||= isAwaited(task)
      load.isBusy ||= isUnsettled(task)
      load.isWaiting ||= task.retry !== null
    }
    this.#load = load
  }

  /** Delivers a task, with as many attempts as the recovery manager allows. Does nothing if that goes on already. */
  #deliver(entry: Entry): void {
    if (entry.run) return
    const run = {}
    entry.run = run
    const { conversationId, server, log, changes, store, manager, listener } = this.#options
    const { taskId } = entry.task
    const attempt = deliveryAttempt({
      conversationId,
      server,
      log,
      changes,
      task: () => entry.task,
      isTurn: () => this.#isTurn(entry),
      whenStored: async (signal) => store?.stored(taskId, signal),
      onSending: () => {
        if (entry.expiry.isOverdue) throw expired()
        this.#apply(entry, { type: 'sending' })
      },
      onAccepted: (position) => this.#accept(entry, position),
      onLost: (suspicion) => this.#apply(entry, { type: 'lost', suspicion }),
    })
    // The run ends and the task changes in one step, so the pump never sees a task without a delivery.
    const end =
      <A extends unknown[]>(then: (...args: A) => void) =>
      (...args: A) => {
        if (entry.run !== run) return
        entry.run = undefined
        then(...args)
      }
    manager
      .executeWithRetry<void>(
        this.#runName(entry),
        (context) => {
          if (entry.task.retry) this.#apply(entry, { type: 'attempt' })
          return attempt(context)
        },
        {
          signal: this.#closed.signal,
          // A busy server that says when to come back costs no attempt, until the message is too old.
          isDeferral: (error) => isBusyRefusal(error) && isUnsent(entry.task),
          onRetry: (_count, { attempt, maxAttempts, nextRetryAt, error }) => {
            const retry = { taskId, attempt, maxAttempts, nextRetryAt, error }
            this.#apply(entry, { type: 'waiting', retry })
            listener.retrying(retry)
          },
        },
      )
      .then(
        end(() => this.#settle(entry)),
        end((error: AppError) => {
          // A stop cancels the delivery, and settles the task itself.
          if (!entry.task.stopping) this.#fail(entry, error)
        }),
      )
  }

  /** Asks the server to stop a task. A call while that goes on joins it. */
  #stop(entry: Entry): Promise<void> {
    if (!entry.stop) {
      entry.stop = this.#askToStop(entry).finally(() => {
        entry.stop = undefined
      })
      entry.stop.catch(() => {})
    }
    return entry.stop
  }

  async #askToStop(entry: Entry): Promise<void> {
    const { conversationId, server, log, changes, store, manager, listener } = this.#options
    const { signal } = this.#closed
    const { taskId } = entry.task
    const hadFailed = entry.task.phase === 'failed'
    try {
      await manager.executeWithRetry(
        this.#nameOf('stop', taskId),
        stopAttempt({ conversationId, server, log, changes, taskId }),
        { scope: 'stop', budget: false, maxAttempts: Number.POSITIVE_INFINITY, signal },
      )
    } catch (error) {
      // For a caller who waits, closing is not the same as cancelling.
      signal.throwIfAborted()
      const goesOn = isWithdrawn(entry.task) || hadFailed || this.#isInLog(entry.task)
      if (!goesOn) this.#fail(entry, error as AppError)
      else {
        if (isWithdrawn(entry.task)) this.#remove(entry)
        else this.#apply(entry, { type: 'stop-refused' })
        store?.stopped(taskId, false)
        listener.failed(error as AppError)
      }
      throw error
    }
    this.#settle(entry)
  }

  /** Stops a task that is not, or no longer, one of this client's. */
  #withdraw(taskId: string): Promise<void> {
    const stopped = this.#stop(this.#add(withdrawnTask(taskId)))
    this.#pump()
    return stopped
  }

  #apply(entry: Entry, event: TaskEvent): void {
    entry.task = transition(entry.task, event)
    this.#changed(entry)
  }

  #changed({ task, expiry }: Entry): void {
    if (isUnsent(task) && !task.stopping && !this.#closed.signal.aborted) expiry.begin(task.createdAt)
    else expiry.end()
    this.#pump()
  }

  /** Stores the intent, and gives the promises for it. */
  #open(entry: Entry): ChatTask {
    const { taskId, input, createdAt } = entry.task
    const { store, conversationId, log } = this.#options
    if (input) store?.put(conversationId, { taskId, input, createdAt })
    const handle = createTaskHandle(taskId, () => this.stop(taskId))
    entry.handle = handle
    // If another page has sent it, the message may be removed again before this page sees another change of the log.
    if (log.cursor && this.#isInLog(entry.task)) this.#accept(entry, log.cursor)
    else this.#changed(entry)
    return handle.task
  }

  #accept(entry: Entry, position: Position): void {
    const { server, log } = this.#options
    entry.handle?.accept()
    if (!server.isIdempotent) this.#forget(entry.task)
    this.#apply(entry, { type: 'accepted', position, joinsRequested: log.joinsRequested })
    // Only the server knows which of two logs is current.
    if (position.epoch !== log.cursor?.epoch) log.catchUp()
  }

  /** The task is over, and the log says how. */
  #settle(entry: Entry): void {
    const { listener, env, log } = this.#options
    const handle = takeHandle(entry)
    const outcome = outcomeInLog(log.log, entry.task)
    const done = this.#isInLog(entry.task) ? undefined : doneInLog(log.log, entry.task.input)
    this.#remove(entry)
    if (!handle) return
    if (done && !entry.task.position) this.#follow(handle, done)
    else if (outcome.answer) {
      handle.finish(outcome.answer)
      listener.finished(outcome.answer)
    } else if (outcome.error) handle.fail(outcome.error)
    else handle.fail(env.translate(outcome.isOutOfSight ? outOfSight() : cancelled()))
  }

  /** Gives a task the outcome of what did the same before it. */
  #follow(handle: TaskHandle, done: Done): void {
    handle.accept()
    const { log, changes, env } = this.#options
    changes
      .waitFor(() => outcomeOf(log.log, done), this.#closed.signal)
      .then(({ answer, error }) => {
        if (answer) handle.finish(answer)
        else handle.fail(error ?? env.translate(cancelled()))
      }, handle.fail)
  }

  #fail(entry: Entry, error: AppError): void {
    const handle = takeHandle(entry)
    // A later page must not send by itself what was reported as failed.
    this.#forget(entry.task)
    // A person may retry the task after the log was given up, so the attempt is noted here.
    const logged = statusInLog(this.#options.log, entry.task)
    const failedAttempt = logged.state === 'failed' ? logged.attempt : undefined
    if (entry.task.input) this.#apply(entry, { type: 'failed', error, failedAttempt })
    else this.#remove(entry)
    handle?.fail(error)
    this.#options.listener.failed(error)
  }

  /** Nothing of the task is shown or stored any more. */
  #remove(entry: Entry): void {
    const { taskId } = entry.task
    this.#forget(entry.task)
    entry.expiry.end()
    if (this.#entries.get(taskId) === entry) this.#entries.delete(taskId)
    this.#pump()
  }

  #forget({ taskId }: OutgoingTask): void {
    // Closing gives up nothing: what is stored is for the next page.
    if (!this.#closed.signal.aborted) this.#options.store?.remove(taskId)
  }

  #cancel(entry: Entry): void {
    entry.run = undefined
    this.#options.manager.cancel(this.#runName(entry))
  }

  #isInLog(task: Parameters<typeof isInLog>[1]): boolean {
    return isInLog(this.#options.log.log, task)
  }

  /** Whether the task failed and the server never accepted it. */
  #isRefused(task: OutgoingTask): boolean {
    return task.phase === 'failed' && !task.stopping && !this.#isInLog(task)
  }

  /** Tasks that went with their log are sent again first, since they were accepted before the unsent ones. */
  #isTurn(entry: Entry): boolean {
    if (!this.#isLoaded) return false
    const { log } = this.#options
    for (const other of this.#entries.values()) {
      const { task } = other
      const isLost = () =>
        task.phase === 'accepted' && !task.stopping && statusInLog(log, task).state === 'lost'
      if (isUnsent(task) || isLost()) return other === entry
    }
    return true
  }

  #newEntry(task: OutgoingTask): Entry {
    const { env, maxAge } = this.#options
    const onExpired = () => {
      // Its input does not leave any more. If it left before, the log may still show it.
      this.#cancel(entry)
      this.#fail(entry, env.translate(expired()))
    }
    const entry: Entry = { task, expiry: new Expiry({ clock: env.clock, maxAge, onExpired }) }
    return entry
  }

  #add(task: OutgoingTask): Entry {
    const entry = this.#newEntry(task)
    this.#entries.set(task.taskId, entry)
    return entry
  }

  #now(): string {
    return new Date(this.#options.env.clock.now()).toISOString()
  }

  /** The name of the task's run. Task ids made by this client are unique; others are unique in one conversation only. */
  #runName({ task: { input, taskId } }: Entry): string {
    return input ? taskId : this.#nameOf('retry', taskId)
  }

  #nameOf(action: string, taskId: string): string {
    return JSON.stringify([action, this.#options.conversationId, taskId])
  }
}

/** The only task that an event can say something new about; undefined if there may be several. */
const onlyTaskOf = (event: ChatEvent | null): string | undefined =>
  event?.type === 'truncate' ? undefined : event?.task_id

function takeHandle(entry: Entry): TaskHandle | undefined {
  const { handle } = entry
  entry.handle = undefined
  return handle
}

const cancelled = () =>
  new AppError({ code: 'cancelled', message: 'unable to answer; the task was stopped before that' })

const outOfSight = () =>
  new AppError({
    code: 'unknown_message',
    message: 'unable to give the answer; no loaded message is of it',
  })

const expired = () =>
  new AppError({ code: 'expired', message: 'unable to send in time; the message waited too long' })

const maybeSent = () =>
  new AppError({
    code: 'maybe_sent',
    message: 'unable to tell whether the message was sent; the page that sent it was closed meanwhile',
  })
