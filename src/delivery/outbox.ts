import type { AppError } from '../errors/app-error.js'
import type { SendInput } from '../protocol/events.js'
import type { StoredIntent } from '../storage/stored-intent.js'
import { type ChatTask, refusedTask } from './chat-task.js'
import { type Deliveries, Delivery, nothingToRetry } from './delivery.js'
import type { OutboxOptions } from './outbox-options.js'
import {
  deliverable,
  newOutgoingTask,
  type OutgoingTask,
  type OutgoingTasks,
  stoppedTask,
} from './outgoing-task.js'
import { isInLog } from './task-in-log.js'

/** What carries a person's message. */
export type MessageInput = Extract<SendInput, { message: unknown }>

/** The intents of one conversation, in the order in which the person acted. */
export class Outbox {
  readonly #options: Deliveries
  readonly #closed = new AbortController()
  #deliveries = new Map<string, Delivery>()
  #tasks: OutgoingTasks | null = null
  #isLoading = false
  #isLoaded = false

  constructor(options: OutboxOptions) {
    this.#options = {
      ...options,
      closed: this.#closed.signal,
      isTurn: (taskId) => this.#isTurn(taskId),
      changed: () => this.#changed(),
      remove: (taskId) => {
        this.#deliveries.delete(taskId)
        this.#changed()
      },
      stop: (taskId) => this.stop(taskId),
    }
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

  /** What another page left unfinished, ahead of what was sent later. What is known already stays as it is, where it is. */
  restore(intents: readonly StoredIntent[]): void {
    const fresh = intents
      .filter(({ taskId }) => !this.#deliveries.has(taskId))
      // Whether it left before, nobody knows: the server recognises it by its id.
      .map(({ taskId, input, createdAt, stopped = false }) =>
        this.#make({ ...newOutgoingTask(taskId, input, createdAt), wasSent: true, stopping: stopped }),
      )
    const known = [...this.#deliveries.values()]
    const last = fresh.at(-1)?.task.createdAt ?? ''
    const later = known.findIndex(({ task }) => task.createdAt > last)
    known.splice(later < 0 ? known.length : later, 0, ...fresh)
    this.#deliveries = new Map(known.map((delivery) => [delivery.task.taskId, delivery]))
    for (const delivery of fresh) {
      delivery.open()
      if (delivery.task.stopping) void delivery.stop()
    }
    this.load()
  }

  /** The same array until something changes. */
  get tasks(): OutgoingTasks {
    this.#tasks ??= [...this.#deliveries.values()].map(({ task }) => task)
    return this.#tasks
  }

  has(taskId: string): boolean {
    return this.#deliveries.has(taskId)
  }

  /** The task of a message that was given up before the server had it. */
  findFailed(messageId: string): { taskId: string; input: MessageInput } | undefined {
    for (const { task, isRefused } of this.#deliveries.values()) {
      const { taskId, input } = task
      if (isRefused && input && 'message' in input && input.message.id === messageId) return { taskId, input }
    }
    return undefined
  }

  enqueue(taskId: string, input: SendInput): ChatTask {
    const createdAt = new Date(this.#options.clock.now()).toISOString()
    return this.#add(newOutgoingTask(taskId, input, createdAt)).open()
  }

  /** A person's retry: of a task that was given up here, or of one that failed in the log, whoever sent it. */
  retry(taskId: string): ChatTask {
    const logged = this.#options.log.log.tasks.get(taskId)
    const retriedAttempt = logged?.state === 'failed' ? logged.attempt : undefined
    const delivery = this.#deliveries.get(taskId)
    if (delivery) return delivery.retry(retriedAttempt)
    if (retriedAttempt === undefined) return refusedTask(taskId, this.#options.translate(nothingToRetry()))
    return this.#add({ ...newOutgoingTask(taskId, null), retriedAttempt }).open()
  }

  /** Skips the wait before the next attempt. @returns whether there was one. */
  retryNow(taskId: string): boolean {
    return this.#deliveries.get(taskId)?.retryNow() ?? false
  }

  /** Resolves when the server has acknowledged it, or nothing of the task can reach the server any more. */
  stop(taskId: string): Promise<void> {
    const known = this.#deliveries.get(taskId)
    if (known) return known.stop()
    return isInLog(this.#options.log.log, { taskId }) ? this.#withdraw(taskId) : Promise.resolve()
  }

  /** Takes a failed message that the server never accepted off the screen. @returns whether there was one. */
  discard(taskId: string): boolean {
    const delivery = this.#deliveries.get(taskId)
    if (!delivery?.task.input || !delivery.isRefused) return false
    delivery.remove()
    // It may have arrived all the same; what was discarded must not come back and run.
    if (delivery.task.wasSent) void this.#withdraw(taskId)
    return true
  }

  /** After the log has changed. */
  observe(): void {
    const { cursor } = this.#options.log
    if (cursor === null) return
    for (const delivery of this.#deliveries.values()) delivery.observe(cursor)
  }

  /** Rejects what is open. What is stored stays for the next page, unless it is to be forgotten too. */
  close(error: AppError, { forget = false } = {}): void {
    const { store } = this.#options
    const open = [...this.#deliveries.values()]
    if (forget) for (const { task } of open) store?.remove(task.taskId)
    this.#deliveries.clear()
    this.#tasks = null
    this.#closed.abort(error)
    for (const delivery of open) delivery.close(error)
  }

  #make(task: OutgoingTask): Delivery {
    return new Delivery(task, this.#options)
  }

  #add(task: OutgoingTask): Delivery {
    const delivery = this.#make(task)
    this.#deliveries.set(task.taskId, delivery)
    return delivery
  }

  /** Stops a task that is none of this client's, or not any more. */
  #withdraw(taskId: string): Promise<void> {
    const stopped = this.#add(stoppedTask(taskId)).stop()
    this.#changed()
    return stopped
  }

  #isTurn(taskId: string): boolean {
    if (!this.#isLoaded) return false
    for (const delivery of this.#deliveries.values())
      if (delivery.isToSend) return delivery.task.taskId === taskId
    return true
  }

  #changed(): void {
    this.#tasks = null
    for (const { taskId } of deliverable(this.tasks)) this.#deliveries.get(taskId)?.deliver()
    this.#options.listener.changed()
    this.#options.changes.notify()
  }
}
