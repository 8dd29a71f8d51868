import { AppError } from '../errors/app-error.js'
import type { Position } from '../protocol/events.js'
import { type ChatTask, createTaskHandle, refusedTask, type TaskHandle } from './chat-task.js'
import { type Deliverable, deliverTask } from './deliver-task.js'
import { Expiry } from './expiry.js'
import type { OutboxOptions } from './outbox-options.js'
import { isUnsent, type LoggedStatus, type OutgoingTask, type OutgoingTaskChange } from './outgoing-task.js'
import { stopTask } from './stop-task.js'
import { answerOf, isInLog, isStoredIn, statusInLog } from './task-in-log.js'

/** The outbox as each of its deliveries sees it. */
export interface Deliveries extends OutboxOptions {
  /** Aborted when the outbox is closed. */
  readonly closed: AbortSignal
  isTurn(taskId: string): boolean
  changed(): void
  remove(taskId: string): void
  stop(taskId: string): Promise<void>
}

/** One intent from the person's action until its end: its state, the promises given for it, and what goes on for it. */
export class Delivery implements Deliverable {
  readonly #outbox: Deliveries
  #task: OutgoingTask
  #handle: TaskHandle | undefined
  /** The run of the recovery manager that goes on for it. */
  #run: object | null = null
  #stopped: Promise<void> | null = null
  readonly #expiry: Expiry

  constructor(task: OutgoingTask, outbox: Deliveries) {
    this.#task = task
    this.#outbox = outbox
    const { clock, limits } = outbox
    this.#expiry = new Expiry({ clock, maxAge: limits.maxAge, expired: () => this.#expire() })
  }

  get task(): OutgoingTask {
    return this.#task
  }

  /** Gives the promises for it, and sees that it is stored. */
  open(): ChatTask {
    const { taskId, input, createdAt } = this.#task
    const { store, conversationId, log, stop } = this.#outbox
    if (input) store?.put(conversationId, { taskId, input, createdAt })
    this.#handle = createTaskHandle(taskId, () => stop(taskId))
    // What another page has sent may be removed again before this one sees another change of the log.
    if (log.cursor && this.#isInLog) this.accepted(log.cursor)
    else this.#change()
    return this.#handle.task
  }

  /** Hands it to the server, with as many attempts as that may take; does nothing while that goes on. */
  deliver(): void {
    if (this.#run) return
    const run = {}
    this.#run = run
    const deliver = deliverTask(this, this.#outbox)
    // Both at once, or in between the task would look as if nobody delivered it.
    const over =
      <A extends unknown[]>(tell: (...args: A) => void) =>
      (...args: A) => {
        if (this.#run !== run) return
        this.#run = null
        tell(...args)
      }
    this.#outbox.manager
      .executeWithRetry<void>(
        this.#name,
        (context) => {
          if (this.#task.retry) this.#change({ retry: null })
          return deliver(context)
        },
        {
          signal: this.#outbox.closed,
          onRetry: (_count, { attempt, maxAttempts, nextRetryAt, error }) => {
            const retry = { taskId: this.#task.taskId, attempt, maxAttempts, nextRetryAt, error }
            this.#change({ retry })
            this.#outbox.listener.retrying(retry)
          },
        },
      )
      .then(
        over(() => this.#settle()),
        over((error) => {
          // A stop ends the delivery by cancelling it, and settles the task by itself.
          if (!this.#task.stopping) this.#fail(error)
        }),
      )
  }

  /** A person's retry, after the failure of that attempt in the log; where the log is not there, the one known last. */
  retry(retriedAttempt = this.#task.retriedAttempt): ChatTask {
    const { taskId, phase, stopping, position } = this.#task
    if (phase !== 'failed' || stopping) {
      this.retryNow()
      return this.#handle?.task ?? refusedTask(taskId, this.#outbox.translate(nothingToRetry()))
    }
    const createdAt = new Date(this.#outbox.clock.now()).toISOString()
    this.#change({ phase: position ? 'accepted' : 'queued', error: null, createdAt, retriedAttempt })
    return this.open()
  }

  /** Skips the wait before the next attempt. @returns whether there was one. */
  retryNow(): boolean {
    return this.#outbox.manager.retryNow(this.#name)
  }

  /** Resolves when the server has acknowledged it, or nothing of the task can reach the server any more. */
  stop(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = this.#stop().finally(() => {
        this.#stopped = null
      })
      this.#stopped.catch(() => {})
    }
    return this.#stopped
  }

  /** Whether it failed, and the server never accepted it. */
  get isRefused(): boolean {
    return this.#task.phase === 'failed' && !this.#task.stopping && !this.#isInLog
  }

  /** The server does not have it, or no more: what went with its log comes before what it never had. */
  get isToSend(): boolean {
    const { phase, stopping } = this.#task
    return isUnsent(this.#task) || (phase === 'accepted' && !stopping && this.logged().state === 'lost')
  }

  /** After the log has changed: what it shows is accepted, whether or not an acknowledgement came. */
  observe(cursor: Position): void {
    const { phase, position, stopping, retry, error } = this.#task
    // Another device has gone on with it or ended it, or it had arrived after all: there is nothing to wait for.
    if (retry && isStoredIn(this.#outbox.log, this.#task) && this.logged().state !== 'failed') this.retryNow()
    if (phase === 'accepted' && position?.epoch === cursor.epoch) return
    if (phase !== 'failed') {
      if (this.#isInLog) this.accepted(cursor)
    } else if (!stopping && (position ? this.logged().state === 'ended' : this.#isInLog)) {
      // The log says by itself what became of it; or it went with what somebody removed.
      this.remove()
      if (error && this.logged().state !== 'failed') this.#outbox.listener.onRecovered(error)
    }
  }

  /** Nothing of it is shown or stored any more. */
  remove(): void {
    this.#forget()
    this.#expiry.end()
    this.#outbox.remove(this.#task.taskId)
  }

  /** Rejects what is open. */
  close(error: AppError): void {
    this.#run = null
    this.#expiry.end()
    this.#takeHandle()?.fail(error)
  }

  isTurn(): boolean {
    return this.#outbox.isTurn(this.#task.taskId)
  }

  logged(): LoggedStatus {
    return statusInLog(this.#outbox.log, this.#task)
  }

  async stored(signal: AbortSignal): Promise<void> {
    await this.#outbox.store?.stored(this.#task.taskId, signal)
  }

  sending(): void {
    if (this.#expiry.isOverdue) throw expired()
    this.#change({ phase: 'sending', wasSent: true })
  }

  accepted(position: Position): void {
    const { server, log } = this.#outbox
    this.#handle?.accept()
    if (!server.isIdempotent) this.#forget()
    const accepted = { position, joinsWhenAccepted: log.joinsRequested }
    // An acknowledgement that comes after the task was given up doesn't bring it back.
    this.#change(this.#task.phase === 'failed' ? accepted : { ...accepted, phase: 'accepted' })
    // Of the two logs only the server knows which one there is.
    if (position.epoch !== log.cursor?.epoch) log.sync()
  }

  /** Task ids are unique in one conversation; only those that were made here are in all. */
  get #name(): string {
    return this.#task.input ? this.#task.taskId : this.#nameOf('retry')
  }

  #nameOf(action: string): string {
    return JSON.stringify([action, this.#outbox.conversationId, this.#task.taskId])
  }

  get #isInLog(): boolean {
    return isInLog(this.#outbox.log.log, this.#task)
  }

  #settle(): void {
    const { listener, translate } = this.#outbox
    const { log } = this.#outbox.log
    const handle = this.#takeHandle()
    const answer = answerOf(log, this.#task)
    this.remove()
    if (!handle) return
    // After a stop that went with its log, the log that there is now may say that the answer failed.
    if (answer?.error) handle.fail(answer.error)
    else if (answer && (answer.status === 'complete' || answer.parts.length > 0)) {
      handle.finish(answer)
      listener.finished(answer)
    } else if (!this.#task.stopping && log.hasOlder && !this.#isInLog) {
      // It may as well be complete, in the history that is not loaded.
      handle.fail(translate(outOfSight()))
    } else handle.fail(translate(cancelled()))
  }

  #fail(error: AppError): void {
    const handle = this.#takeHandle()
    // What was reported as failed must not be sent by a later page by itself.
    this.#forget()
    // The log may be gone when a person retries it.
    const logged = this.logged()
    const retriedAttempt = logged.state === 'failed' ? logged.attempt : this.#task.retriedAttempt
    if (this.#task.input)
      this.#change({ phase: 'failed', error, retry: null, stopping: false, retriedAttempt })
    else this.remove()
    handle?.fail(error)
    this.#outbox.listener.failed(error)
  }

  async #stop(): Promise<void> {
    const { store } = this.#outbox
    const { taskId, phase, wasSent, stopping } = this.#task
    // Of another client's task there is nothing here but its stop.
    if (stopping && phase === 'failed') return this.#tellServer().finally(() => this.remove())
    if (!this.#isInLog && phase === 'failed') return
    if (!wasSent && !store?.wasElsewhere(taskId)) {
      this.remove()
      this.#cancel()
      this.#takeHandle()?.fail(this.#outbox.translate(cancelled()))
      return
    }
    this.#change({ stopping: true, retry: null })
    store?.stopped(taskId, true)
    this.#cancel()
    try {
      await this.#tellServer()
      this.#settle()
    } catch (error) {
      this.#stopFailed(phase === 'failed' || this.#isInLog, error as AppError)
      throw error
    }
  }

  async #tellServer(): Promise<void> {
    const { manager, closed } = this.#outbox
    const options = { scope: 'stop', budget: false, maxAttempts: Number.POSITIVE_INFINITY, signal: closed }
    const { taskId } = this.#task
    try {
      await manager.executeWithRetry(this.#nameOf('stop'), stopTask(taskId, this.#outbox), options)
    } catch (error) {
      // To whoever waits for it, closing is not the same as cancelling.
      closed.throwIfAborted()
      throw error
    }
  }

  #stopFailed(goesOn: boolean, error: AppError): void {
    if (this.#outbox.closed.aborted) return
    if (goesOn) {
      this.#outbox.store?.stopped(this.#task.taskId, false)
      this.#change({ stopping: false })
    } else this.#fail(error)
  }

  #cancel(): void {
    this.#run = null
    this.#outbox.manager.cancel(this.#name)
  }

  #takeHandle(): TaskHandle | undefined {
    const handle = this.#handle
    this.#handle = undefined
    return handle
  }

  #forget(): void {
    const { closed, store } = this.#outbox
    // Closing gives up nothing: what is stored is for the next page.
    if (!closed.aborted) store?.remove(this.#task.taskId)
  }

  #change(change: OutgoingTaskChange = {}): void {
    this.#task = { ...this.#task, ...change }
    const waits = isUnsent(this.#task) && !this.#task.stopping && !this.#outbox.closed.aborted
    if (waits) this.#expiry.begin(this.#task.createdAt)
    else this.#expiry.end()
    this.#outbox.changed()
  }

  /** Neither is it sent from now on; whether it was before, the log may still say. */
  #expire(): void {
    this.#cancel()
    this.#fail(this.#outbox.translate(expired()))
  }
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

export const nothingToRetry = () =>
  new AppError({ code: 'unknown_task', message: 'unable to retry; no failed task has this id' })
