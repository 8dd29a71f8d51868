import { answerOf, isInLog, lookUpTask } from '../conversation/task-in-log.js'
import { AppError } from '../errors/app-error.js'
import type { Position, SendInput } from '../protocol/events.js'
import { type ChatTask, createTaskHandle, refusedTask, type TaskHandle } from './chat-task.js'
import { Deadlines } from './deadlines.js'
import type { DeliveryFacts, Logged } from './deliver-task.js'
import {
  deliverable,
  isUnsent,
  type LocalTask,
  type LocalTaskChange,
  type LocalTasks,
  newLocalTask,
  stoppedTask,
} from './local-task.js'
import type { OutboxOptions } from './outbox-options.js'
import type { StoredIntent } from './stored-intent.js'
import { TaskList } from './task-list.js'
import { TaskRuns } from './task-runs.js'

/** What carries a person's message. */
export type MessageInput = Extract<SendInput, { message: unknown }>

/** The intents of one conversation, in order, each from the person's action until its end. */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #runs: TaskRuns
  readonly #handles = new Map<string, TaskHandle>()
  readonly #stops = new Map<string, Promise<void>>()
  readonly #closed = new AbortController()
  readonly #tasks = new TaskList()
  readonly #deadlines: Deadlines
  #isLoading = false
  #isLoaded = false

  constructor(options: OutboxOptions) {
    this.#options = options
    const { conversationId, server, changes, log, store, manager, clock, limits } = options
    const { maxAge } = limits
    const facts: DeliveryFacts = {
      conversationId,
      server,
      changes,
      isSynced: () => log.isSynced(),
      isTurn: (taskId) => this.#isLoaded && (this.tasks.find(this.#isToSend)?.taskId ?? taskId) === taskId,
      logged: (taskId) => this.#look(taskId),
      joins: () => log,
      input: (taskId) => this.find(taskId)?.input ?? null,
      retriedAfter: (taskId) => this.find(taskId)?.retriedAfter ?? 0,
      stored: async (taskId, signal) => store?.stored(taskId, signal),
      sending: (taskId) => {
        if (this.#deadlines.isOverdue(taskId)) throw expired()
        this.#change(taskId, { phase: 'sending', emitted: true })
      },
      accepted: (taskId, position) => this.#accept(taskId, position),
      inquire: () => log.sync(),
    }
    this.#deadlines = new Deadlines({ clock, maxAge, expired: (taskId) => this.#expire(taskId) })
    this.#runs = new TaskRuns({ manager, facts, log, signal: this.#closed.signal })
  }

  /** Nothing is sent before what earlier pages left unfinished has been looked for. Happens once. */
  load(): void {
    if (this.#isLoading) return
    this.#isLoading = true
    const loaded = () => {
      this.#isLoaded = true
      this.#changed()
    }
    void Promise.resolve(this.#options.store?.load()).then(loaded)
  }

  /** What another page left unfinished, ahead of what was sent later. */
  restore(intents: readonly StoredIntent[]): void {
    // Whether it left before, nobody knows: the server recognises it by its id.
    const restored = intents.map(({ taskId, input, createdAt, stopped = false }) => ({
      ...newLocalTask(taskId, input, createdAt),
      emitted: true,
      stopping: stopped,
    }))
    for (const task of this.#tasks.insert(restored)) {
      this.#open(task)
      if (task.stopping) void this.stop(task.taskId)
    }
    this.load()
  }

  get tasks(): LocalTasks {
    return this.#tasks.all
  }

  find(taskId: string): LocalTask | undefined {
    return this.#tasks.find(taskId)
  }

  /** The task of a message that was given up before the server had it. */
  findFailed(messageId: string): { taskId: string; input: MessageInput } | undefined {
    for (const task of this.tasks) {
      const { taskId, input, phase } = task
      if (phase !== 'failed' || !input || !('message' in input) || input.message.id !== messageId) continue
      if (!isInLog(this.#options.log.log, task)) return { taskId, input }
    }
    return undefined
  }

  enqueue(taskId: string, input: SendInput): ChatTask {
    return this.#begin(newLocalTask(taskId, input, this.#now()))
  }

  /** A person's retry: of a task that was given up here, or of one that failed in the log, whoever sent it. */
  retry(taskId: string): ChatTask {
    const task = this.find(taskId)
    if (task && (task.phase !== 'failed' || task.stopping)) {
      this.retryNow(taskId)
      return this.#handles.get(taskId)?.task ?? refusedTask(taskId, this.#options.translate(nothingToRetry()))
    }
    const logged = this.#options.log.log.tasks.get(taskId)
    const retriedAfter = logged?.state === 'failed' ? logged.attempt : (task?.retriedAfter ?? 0)
    if (task) {
      const createdAt = this.#now()
      const phase = task.position ? 'accepted' : 'queued'
      this.#change(taskId, { phase, error: null, createdAt, retriedAfter })
      return this.#open({ ...task, createdAt })
    }
    if (retriedAfter === 0) return refusedTask(taskId, this.#options.translate(nothingToRetry()))
    return this.#begin({ ...newLocalTask(taskId, null), retriedAfter })
  }

  /** Skips the wait before the next attempt. @returns whether there was one. */
  retryNow(taskId: string): boolean {
    const task = this.find(taskId)
    return task !== undefined && this.#runs.retryNow(task)
  }

  /** Resolves when the server has acknowledged it, or nothing of the task can reach the server any more. */
  stop(taskId: string): Promise<void> {
    const known = this.#stops.get(taskId)
    if (known) return known
    const stop = this.#stop(taskId).finally(() => this.#stops.delete(taskId))
    stop.catch(() => {})
    this.#stops.set(taskId, stop)
    return stop
  }

  /** Takes a failed message that the server never accepted off the screen. @returns whether there was one. */
  discard(taskId: string): boolean {
    const task = this.find(taskId)
    if (!task?.input || task.phase !== 'failed' || task.stopping) return false
    if (isInLog(this.#options.log.log, task)) return false
    this.#remove(taskId)
    // It may have arrived all the same; what was discarded must not come back and run.
    if (task.emitted) this.#withdraw(taskId).catch(() => {})
    return true
  }

  /** After the log has changed: what it shows is accepted, whether or not an acknowledgement came. */
  observe(): void {
    const { log, cursor } = this.#options.log
    if (cursor === null) return
    for (const task of this.tasks) {
      const { taskId, phase, position, stopping, retry } = task
      // Another device has gone on with it or ended it, or it had arrived after all: there is nothing to wait for.
      if (retry && ['running', 'over'].includes(this.#look(taskId).state)) this.retryNow(taskId)
      if (phase === 'accepted' && position?.epoch === cursor.epoch) continue
      if (phase !== 'failed') {
        if (isInLog(log, task)) this.#accept(taskId, cursor)
      } else if (!stopping && (position ? this.#look(taskId).state === 'over' : isInLog(log, task))) {
        // The log says by itself what became of it; or it went with what somebody removed.
        this.#remove(taskId)
        if (task.error && log.tasks.get(taskId)?.state !== 'failed') this.#options.listener.mended(task.error)
      }
    }
  }

  /** Rejects what is open. What is stored stays for the next page, unless it is to be forgotten too. */
  close(error: AppError, { forget = false } = {}): void {
    const { store } = this.#options
    if (forget) for (const { taskId } of this.tasks) store?.remove(taskId)
    this.#tasks.clear()
    this.#deadlines.keep([])
    this.#closed.abort(error)
    for (const handle of this.#handles.values()) handle.fail(error)
    this.#handles.clear()
  }

  #begin(task: LocalTask): ChatTask {
    this.#tasks.add(task)
    return this.#open(task)
  }

  #open(task: LocalTask): ChatTask {
    const { taskId } = task
    this.#options.store?.put(this.#options.conversationId, task)
    const handle = createTaskHandle(taskId, () => this.stop(taskId))
    this.#handles.set(taskId, handle)
    const { log, cursor } = this.#options.log
    // What another page has sent may be removed again before this one sees another change of the log.
    if (cursor && isInLog(log, task)) this.#accept(taskId, cursor)
    else this.#changed()
    return handle.task
  }

  #deliver(task: LocalTask): void {
    const { taskId } = task
    this.#runs.deliver(task, {
      attempt: () => {
        if (this.find(taskId)?.retry) this.#change(taskId, { retry: null })
      },
      retry: (_count, { attempt, maxAttempts, nextRetryAt, error }) => {
        const retry = { taskId, attempt, maxAttempts, nextRetryAt, error }
        this.#change(taskId, { retry })
        this.#options.listener.retrying(retry)
      },
      end: () => this.#settle(taskId),
      fail: (error) => this.#giveUp(taskId, error),
    })
  }

  #settle(taskId: string): void {
    const { listener, translate } = this.#options
    const { log } = this.#options.log
    const handle = this.#takeHandle(taskId)
    const task = this.find(taskId)
    const answer = answerOf(log, task ?? { taskId })
    this.#remove(taskId)
    if (!handle) return
    // After a stop that went with its log, the log that there is now may say that the answer failed.
    if (answer?.error) handle.fail(answer.error)
    else if (answer && (answer.status === 'complete' || answer.parts.length > 0)) {
      handle.finish(answer)
      listener.finished(answer)
    } else if (task && !task.stopping && log.hasOlder && !isInLog(log, task)) {
      // It may as well be complete, in the history that is not loaded.
      handle.fail(translate(outOfSight()))
    } else handle.fail(translate(cancelled()))
  }

  #giveUp(taskId: string, error: AppError): void {
    const task = this.find(taskId)
    // A stop ends the delivery by cancelling it, and settles the task by itself.
    if (task && !task.stopping) this.#fail(task, error)
  }

  /** Neither is it sent from now on; whether it was before, the log may still say. */
  #expire(taskId: string): void {
    const task = this.find(taskId)
    if (!task || task.stopping) return
    this.#runs.cancel(task)
    this.#fail(task, this.#options.translate(expired()))
  }

  #fail({ taskId, input }: LocalTask, error: AppError): void {
    const handle = this.#takeHandle(taskId)
    // What was reported as failed must not be sent by a later page by itself.
    this.#forget(taskId)
    const retriedAfter = this.#options.log.log.tasks.get(taskId)?.attempt ?? 0
    if (input) this.#change(taskId, { phase: 'failed', error, retry: null, stopping: false, retriedAfter })
    else this.#remove(taskId)
    handle?.fail(error)
    this.#options.listener.failed(error)
  }

  async #stop(taskId: string): Promise<void> {
    const task = this.find(taskId)
    if (!isInLog(this.#options.log.log, task ?? { taskId }) && (!task || task.phase === 'failed')) return
    if (!task) return this.#withdraw(taskId)
    if (!task.emitted && !this.#options.store?.wasElsewhere(taskId)) {
      this.#remove(taskId)
      this.#runs.cancel(task)
      this.#takeHandle(taskId)?.fail(this.#options.translate(cancelled()))
      return
    }
    this.#change(taskId, { stopping: true, retry: null })
    this.#options.store?.stopped(taskId, true)
    this.#runs.cancel(task)
    try {
      await this.#runs.stop(taskId)
      this.#settle(taskId)
    } catch (error) {
      this.#stopFailed(task, error as AppError)
      throw error
    }
  }

  /** Stops a task that is none of this client's, or not any more. */
  async #withdraw(taskId: string): Promise<void> {
    this.#tasks.add(stoppedTask(taskId))
    this.#changed()
    try {
      await this.#runs.stop(taskId)
    } finally {
      this.#remove(taskId)
    }
  }

  #stopFailed(before: LocalTask, error: AppError): void {
    if (this.#closed.signal.aborted) return
    const goesOn = before.phase === 'failed' || isInLog(this.#options.log.log, before)
    if (goesOn) {
      this.#options.store?.stopped(before.taskId, false)
      this.#change(before.taskId, { stopping: false })
    } else this.#fail(before, error)
  }

  /** The server does not have it, or no more: what went with its log comes before what it never had. */
  #isToSend = (task: LocalTask): boolean =>
    isUnsent(task) ||
    (task.phase === 'accepted' && !task.stopping && this.#look(task.taskId).state === 'lost')

  #look(taskId: string): Logged {
    const task = this.find(taskId)
    return task ? lookUpTask(this.#options.log, task) : { state: 'over' }
  }

  #accept(taskId: string, position: Position): void {
    const { server, log } = this.#options
    this.#handles.get(taskId)?.accept()
    if (server.isForgetful) this.#forget(taskId)
    const accepted = { position, joins: log.asked }
    // An acknowledgement that comes after the task was given up doesn't bring it back.
    const isOver = this.find(taskId)?.phase === 'failed'
    this.#change(taskId, isOver ? accepted : { ...accepted, phase: 'accepted' })
    // Of the two logs only the server knows which one there is.
    if (position.epoch !== log.cursor?.epoch) log.sync()
  }

  #takeHandle(taskId: string): TaskHandle | undefined {
    const handle = this.#handles.get(taskId)
    this.#handles.delete(taskId)
    return handle
  }

  #remove(taskId: string): void {
    this.#forget(taskId)
    this.#tasks.remove(taskId)
    this.#changed()
  }

  #forget(taskId: string): void {
    // Closing gives up nothing: what is stored is for the next page.
    if (!this.#closed.signal.aborted) this.#options.store?.remove(taskId)
  }

  #change(taskId: string, change: LocalTaskChange): void {
    this.#tasks.change(taskId, change)
    this.#changed()
  }

  #now(): string {
    return new Date(this.#options.clock.now()).toISOString()
  }

  #changed(): void {
    this.#deadlines.keep(this.tasks.filter((task) => isUnsent(task) && !task.stopping))
    for (const task of deliverable(this.tasks)) if (!this.#runs.isDelivering(task.taskId)) this.#deliver(task)
    this.#options.listener.changed()
    this.#options.changes.notify()
  }
}

const cancelled = () =>
  new AppError({ code: 'cancelled', message: 'unable to answer; the task was stopped before that' })

const outOfSight = () =>
  new AppError({ code: 'unknown_message', message: 'unable to give the answer; no loaded message is of it' })

const expired = () =>
  new AppError({ code: 'expired', message: 'unable to send in time; the message waited too long' })

const nothingToRetry = () =>
  new AppError({ code: 'unknown_task', message: 'unable to retry; no failed task has this id' })
