import { ConnectionLost } from '../connection/requests.js'
import type { ChatMessage } from '../conversation/message.js'
import { AppError } from '../errors/app-error.js'
import type { Position, SendInput } from '../protocol/events.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import type { AttemptContext } from '../recovery/execute-options.js'
import { abortable } from '../shared/abort.js'
import type { Clock } from '../shared/clock.js'
import type { Condition } from '../shared/condition.js'
import type { ChatServer } from './chat-server.js'
import { type ChatTask, createTaskHandle, refusedTask, type TaskHandle } from './chat-task.js'
import { type DeliveryFacts, deliverTask, type Logged } from './deliver-task.js'
import type { IntentStore } from './intent-store.js'
import {
  changeTask,
  isItsTurn,
  type LocalTask,
  type LocalTaskChange,
  type LocalTasks,
  newLocalTask,
} from './local-task.js'

/** What the outbox asks about the conversation's log. */
export interface LogView {
  /** @throws AppError when the conversation can't be joined. */
  isSynced(): boolean
  position(): Position | null
  look(task: LocalTask): Logged
  isInLog(taskId: string): boolean
  isFailedInLog(taskId: string): boolean
  answer(taskId: string): ChatMessage | undefined
  inquire(): void
}

export interface OutboxOptions {
  readonly conversationId: string
  readonly server: ChatServer
  readonly manager: ErrorRecoveryManager
  readonly clock: Clock
  readonly log: LogView
  /** Null where nothing is to outlive the page. */
  readonly store: IntentStore | null
  /** Notified by the conversation when the log has changed, by the outbox when a task has. */
  readonly changes: Condition
  readonly listener: OutboxListener
}

export interface OutboxListener {
  changed(): void
  retrying(task: LocalTask): void
  failed(error: AppError): void
  finished(answer: ChatMessage): void
}

/** The intents of one conversation, in order, each from the person's action until its end. */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #facts: DeliveryFacts
  readonly #handles = new Map<string, TaskHandle>()
  readonly #closed = new AbortController()
  readonly #stored = new Map<string, Promise<void>>()
  #tasks: LocalTasks = []
  #loading: Promise<void> | null = null
  #loaded = false

  constructor(options: OutboxOptions) {
    this.#options = options
    const { conversationId, server, changes, log } = options
    this.#facts = {
      conversationId,
      server,
      changes,
      isSynced: () => log.isSynced(),
      isTurn: (taskId) => this.#loaded && isItsTurn(this.#tasks, taskId),
      logged: (taskId) => this.#look(taskId),
      input: (taskId) => this.find(taskId)?.input ?? null,
      stored: async (taskId) => this.#stored.get(taskId),
      sending: (taskId) => this.#change(taskId, { phase: 'sending', emitted: true }),
      accepted: (taskId, position) => this.#accept(taskId, position),
      inquire: () => log.inquire(),
    }
  }

  /** Brings back what an earlier page left unfinished, ahead of what was sent here meanwhile. Happens once. */
  load(): Promise<void> {
    this.#loading ??= this.#load()
    return this.#loading
  }

  get tasks(): LocalTasks {
    return this.#tasks
  }

  find(taskId: string): LocalTask | undefined {
    return this.#tasks.find((task) => task.taskId === taskId)
  }

  enqueue(taskId: string, input: SendInput): ChatTask {
    return this.#begin(newLocalTask(taskId, input, new Date(this.#options.clock.now()).toISOString()))
  }

  /** A person's retry: of a task that was given up here, or of one that failed in the log, whoever sent it. */
  retry(taskId: string): ChatTask {
    const task = this.find(taskId)
    if (task && task.phase !== 'failed') {
      this.#options.manager.retryNow(taskId)
      return this.#handles.get(taskId)?.task ?? refusedTask(taskId, nothingToRetry())
    }
    if (!task && !this.#options.log.isFailedInLog(taskId)) return refusedTask(taskId, nothingToRetry())
    if (!task) return this.#begin(newLocalTask(taskId, null, ''))
    this.#change(taskId, { phase: task.position ? 'accepted' : 'queued', error: null, retry: null })
    return this.#run(taskId)
  }

  /** Resolves when the server has acknowledged it, or nothing of the task can reach the server any more. */
  async stop(taskId: string): Promise<void> {
    const { log, manager } = this.#options
    const task = this.find(taskId)
    if (task ? task.phase === 'failed' && !log.isInLog(taskId) : !log.isInLog(taskId)) return
    if (task && !task.emitted) {
      this.#remove(taskId)
      manager.cancel(taskId)
      this.#takeHandle(taskId)?.fail(cancelled())
      return
    }
    this.#change(taskId, { stopping: true, retry: null })
    manager.cancel(taskId)
    try {
      await this.#requestStop(taskId)
    } catch (error) {
      this.#stopFailed(taskId, error)
      throw error
    }
    this.#settle(taskId)
  }

  /** Takes a failed message that the server never accepted off the screen. @returns whether there was one. */
  discard(taskId: string): boolean {
    const task = this.find(taskId)
    if (task?.phase !== 'failed' || this.#options.log.isInLog(taskId)) return false
    this.#remove(taskId)
    // It may have arrived all the same; what was discarded must not come back and run.
    if (task.emitted) this.#requestStop(taskId).catch(() => {})
    return true
  }

  /** After the log has changed: what it shows is accepted, whether or not an acknowledgement came. */
  observe(): void {
    const { log } = this.#options
    const position = log.position()
    if (position === null) return
    for (const { taskId, phase, position: known } of this.#tasks) {
      if (phase === 'accepted' && known?.epoch === position.epoch) continue
      if (!log.isInLog(taskId)) continue
      if (phase === 'failed' && known === null) this.#remove(taskId)
      else if (phase !== 'failed') this.#accept(taskId, position)
    }
  }

  async #load(): Promise<void> {
    const intents = (await this.#options.store?.load()) ?? []
    if (this.#closed.signal.aborted) return
    // Whether it left before, nobody knows: the server recognises it by its id.
    const restored = intents
      .filter(({ taskId }) => !this.find(taskId))
      .map(({ taskId, input, createdAt }) => ({ ...newLocalTask(taskId, input, createdAt), emitted: true }))
    for (const { taskId } of restored) this.#stored.set(taskId, Promise.resolve())
    this.#tasks = [...restored, ...this.#tasks]
    this.#loaded = true
    for (const { taskId } of restored) this.#run(taskId)
    this.#changed()
  }

  #begin(task: LocalTask): ChatTask {
    const { store } = this.#options
    if (store) this.#stored.set(task.taskId, store.put(task))
    this.#tasks = [...this.#tasks, task]
    return this.#run(task.taskId)
  }

  #run(taskId: string): ChatTask {
    const handle = createTaskHandle(taskId, () => this.stop(taskId))
    this.#handles.set(taskId, handle)
    this.#deliver(taskId)
    this.#changed()
    return handle.task
  }

  #deliver(taskId: string): void {
    const { manager } = this.#options
    const deliver = deliverTask(taskId, this.#facts)
    const attempt = (context: AttemptContext) => {
      if (this.find(taskId)?.retry) this.#change(taskId, { retry: null })
      return deliver(context)
    }
    manager
      .executeWithRetry(taskId, attempt, (_count, { attempt, maxAttempts, nextRetryAt, error }) => {
        this.#change(taskId, { retry: { taskId, attempt, maxAttempts, nextRetryAt, error } })
        const task = this.find(taskId)
        if (task) this.#options.listener.retrying(task)
      })
      .then(
        () => this.#settle(taskId),
        (error: AppError) => this.#giveUp(taskId, error),
      )
  }

  #settle(taskId: string): void {
    const answer = this.#options.log.answer(taskId)
    const handle = this.#takeHandle(taskId)
    this.#remove(taskId)
    if (answer && (answer.status === 'complete' || answer.parts.length > 0)) {
      handle?.finish(answer)
      this.#options.listener.finished(answer)
    } else {
      handle?.fail(cancelled())
    }
  }

  #giveUp(taskId: string, error: AppError): void {
    // Closing gives up nothing: what is stored is for the next page.
    if (this.#closed.signal.aborted) return
    // A stop ends the delivery by cancelling it, and settles the task by itself.
    if (this.find(taskId)?.stopping || !this.find(taskId)) return
    // What was reported as failed must not be sent by a later page by itself.
    this.#forget(taskId)
    this.#change(taskId, { phase: 'failed', error, retry: null })
    this.#takeHandle(taskId)?.fail(error)
    this.#options.listener.failed(error)
  }

  async #requestStop(taskId: string): Promise<void> {
    const { manager, server, conversationId, changes, log } = this.#options
    const stop = async ({ signal }: AttemptContext) => {
      for (;;) {
        await changes.until(() => log.isSynced() || undefined, signal)
        try {
          const request = server.stop({ conversation_id: conversationId, task_id: taskId })
          return await abortable(request, signal)
        } catch (error) {
          if (!(error instanceof ConnectionLost)) throw error
        }
      }
    }
    const { epoch, offset } = await manager.executeWithRetry(`stop:${taskId}`, stop, {
      scope: 'stop',
      budget: false,
      maxAttempts: Number.POSITIVE_INFINITY,
    })
    // The log decides how it ended, so the stop is over when the log has been read that far.
    await changes.until(() => {
      const at = log.position()
      return at === null || at.epoch !== epoch || at.offset >= offset || undefined
    }, this.#closed.signal)
  }

  close(error: AppError): void {
    this.#closed.abort(error)
    for (const { taskId } of this.#tasks) {
      this.#options.manager.cancel(taskId)
      this.#options.manager.cancel(`stop:${taskId}`)
    }
    for (const handle of this.#handles.values()) handle.fail(error)
    this.#handles.clear()
  }

  #stopFailed(taskId: string, error: unknown): void {
    if (!this.find(taskId)) return
    this.#change(taskId, { stopping: false })
    if (this.#options.log.isInLog(taskId)) this.#deliver(taskId)
    else this.#giveUp(taskId, error as AppError)
  }

  #look(taskId: string): Logged {
    const task = this.find(taskId)
    return task ? this.#options.log.look(task) : { state: 'over' }
  }

  #accept(taskId: string, position: Position): void {
    this.#handles.get(taskId)?.accept()
    this.#change(taskId, { phase: 'accepted', position })
  }

  #takeHandle(taskId: string): TaskHandle | undefined {
    const handle = this.#handles.get(taskId)
    this.#handles.delete(taskId)
    return handle
  }

  #remove(taskId: string): void {
    this.#forget(taskId)
    this.#tasks = this.#tasks.filter((task) => task.taskId !== taskId)
    this.#changed()
  }

  #forget(taskId: string): void {
    if (this.#stored.delete(taskId)) this.#options.store?.remove(taskId)
  }

  #change(taskId: string, change: LocalTaskChange): void {
    this.#tasks = changeTask(this.#tasks, taskId, change)
    this.#changed()
  }

  #changed(): void {
    this.#options.listener.changed()
    this.#options.changes.notify()
  }
}

const cancelled = () =>
  new AppError({ code: 'cancelled', message: 'unable to answer; the task was stopped before that' })

const nothingToRetry = () =>
  new AppError({ code: 'unknown_task', message: 'unable to retry; no failed task has this id' })
