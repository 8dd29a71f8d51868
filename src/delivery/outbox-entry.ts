import { AppError } from '../errors/app-error.js'
import type { Position } from '../protocol/events.js'
import type { TimerId } from '../shared/clock.js'
import { type ChatTask, createTaskHandle, type TaskHandle } from './chat-task.js'
import type { OutboxOptions } from './outbox-options.js'
import { isUnsent, isWithdrawn, type OutgoingTask, type TaskEvent, transition } from './outgoing-task.js'
import { stopAtServer } from './stop-at-server.js'
import { type DeliveredTask, deliver } from './task-attempt.js'
import { cancelled, followDone, tellOutcome } from './task-end.js'
import { doneInLog, isInLog, isStoredIn, newsOf, outcomeInLog, statusInLog } from './task-in-log.js'

/** The outbox, as one of its entries sees it. */
export interface EntryOwner {
  /** Whether no other task has to be sent before this entry's. */
  isTurn(entry: OutboxEntry): boolean
  /** Starts whatever is due after a change. */
  pump(): void
  /** Nothing of the task is shown any more. */
  onRemoved(entry: OutboxEntry): void
}

/**
 * One task in the outbox: the promises that the app has for it, how long it may wait, and the work that goes on for it. Each
 * change of the task goes through {@link transition}.
 */
export class OutboxEntry implements DeliveredTask {
  readonly #options: OutboxOptions
  readonly #owner: EntryOwner
  #task: OutgoingTask
  #handle: TaskHandle | undefined
  /** The run of the recovery manager that delivers the task. */
  #run: object | undefined
  #stopping: Promise<void> | undefined
  /** Runs while the task waits to be accepted. */
  #expiry: TimerId | null = null
  /** The task was too old from the beginning: if the log does not show it, it must not be sent any more. */
  #isOverdue = false

  constructor(task: OutgoingTask, options: OutboxOptions, owner: EntryOwner) {
    this.#task = task
    this.#options = options
    this.#owner = owner
  }

  get task(): OutgoingTask {
    return this.#task
  }

  /** The promises that the app waits for; undefined if it waits for none. */
  get chatTask(): ChatTask | undefined {
    return this.#handle?.task
  }

  /** The name of the task's run. Task ids made by this client are unique; others are unique in one conversation only. */
  get runName(): string {
    const { input, taskId } = this.#task
    return input ? taskId : JSON.stringify(['retry', this.#options.conversationId, taskId])
  }

  get isTurn(): boolean {
    return this.#owner.isTurn(this)
  }

  /** Whether the task failed and the server never accepted it. */
  get isRefused(): boolean {
    return this.#task.phase === 'failed' && !this.#task.stopping && !this.#isInLog
  }

  get #isInLog(): boolean {
    return isInLog(this.#options.log.log, this.#task)
  }

  /** Stores the intent, and gives the promises for it. */
  open(): ChatTask {
    const { taskId, input, createdAt } = this.#task
    const { store, conversationId, log } = this.#options
    if (input) store?.put(conversationId, { taskId, input, createdAt })
    const handle = createTaskHandle(taskId, () => this.stop())
    this.#handle = handle
    // If another page has sent it, the message may be removed again before this page sees another change of the log.
    if (log.cursor && this.#isInLog) this.accept(log.cursor)
    else this.#changed()
    return handle.task
  }

  /** Starts what is due: a person's stop, or the delivery. Does nothing if that goes on already. */
  start(isNext: boolean): void {
    if (this.#task.stopping) void this.askToStop()
    else if (isNext || this.#task.phase === 'accepted') this.#deliver()
  }

  /** A person's retry. @returns null if nobody waits for the task any more. */
  retry(at: string, failedAttempt: number | undefined): ChatTask | null {
    if (this.#task.phase === 'failed' && !this.#task.stopping) {
      this.apply({ type: 'retried', at, failedAttempt })
      return this.open()
    }
    this.retryNow()
    return this.#handle?.task ?? null
  }

  /** Skips the wait before the next attempt. @returns whether there was one. */
  retryNow(): boolean {
    return this.#options.manager.retryNow(this.runName)
  }

  /** Resolves when the server has acknowledged it, or nothing of the task can reach the server any more. */
  stop(): Promise<void> {
    const { store, env } = this.#options
    const { taskId, phase, wasSent } = this.#task
    if (this.#stopping) return this.#stopping
    if (phase === 'failed' && !this.#isInLog) return Promise.resolve()
    if (!wasSent && !store?.wasElsewhere(taskId)) {
      this.remove()
      this.#cancel()
      this.#takeHandle()?.fail(env.translate(cancelled()))
      return Promise.resolve()
    }
    store?.stopped(taskId, true)
    this.apply({ type: 'stopping', stopping: true })
    this.#cancel()
    return this.askToStop()
  }

  /** Asks the server to stop the task. A call while that goes on joins it. */
  askToStop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = this.#stopWithRetry().finally(() => {
        this.#stopping = undefined
      })
      this.#stopping.catch(() => {})
    }
    return this.#stopping
  }

  /** The log has changed: a task that the log shows is accepted, also without an acknowledgement. */
  learn(cursor: Position): void {
    const { log, listener } = this.#options
    const { error, retry } = this.#task
    const news = newsOf(log, this.#task)
    const hasFailed = (retry || news === 'over') && statusInLog(log, this.#task).state === 'failed'
    // Another client has gone on with the task or ended it, or the task had arrived after all: nothing is to be waited for.
    if (retry && !hasFailed && isStoredIn(log, this.#task)) this.retryNow()
    if (news === 'accepted') this.accept(cursor)
    if (news === 'over') {
      this.remove()
      if (error && !hasFailed) listener.onRecovered(error)
    }
  }

  /** Nothing of the task is shown or stored any more. */
  remove(): void {
    this.#forget()
    this.#endWait()
    this.#owner.onRemoved(this)
  }

  /** Ends the work, and rejects whatever is open. */
  close(error: AppError): void {
    this.#run = undefined
    this.#endWait()
    this.#takeHandle()?.fail(error)
  }

  beginSending(): void {
    if (this.#isOverdue) throw expired()
    this.apply({ type: 'sending' })
  }

  apply(event: TaskEvent): void {
    this.#task = transition(this.#task, event)
    this.#changed()
  }

  #changed(): void {
    if (isUnsent(this.#task) && !this.#task.stopping && !this.#options.closed.aborted) this.#beginWait()
    else this.#endWait()
    this.#owner.pump()
  }

  /**
   * The task waits to be accepted, and no longer than its age allows. A timer decides, because a timer goes on if the clock is
   * set. The clock is asked only once, for a task that an earlier page left. If that is too old already, the earlier page may
   * have sent it in time, so it is not given up before the log was read.
   */
  #beginWait(): void {
    const { maxAge, env } = this.#options
    if (this.#expiry !== null || this.#isOverdue) return
    const age = env.clock.now() - Date.parse(this.#task.createdAt)
    // A task that seems to come from the future is new.
    const left = age >= 0 ? maxAge - age : maxAge
    if (left > 0) this.#expiry = env.clock.setTimeout(() => this.#expire(), left)
    else this.#isOverdue = true
  }

  #endWait(): void {
    this.#options.env.clock.clearTimeout(this.#expiry)
    this.#expiry = null
    this.#isOverdue = false
  }

  /** The input does not leave any more. If it left before, the log may still show it. */
  #expire(): void {
    this.#cancel()
    this.#fail(this.#options.env.translate(expired()))
  }

  /** Delivers the task, with as many attempts as the recovery manager allows. */
  #deliver(): void {
    if (this.#run) return
    const run = {}
    this.#run = run
    // The run ends and the task changes in one step, so the pump never sees a task without a delivery.
    const end =
      <A extends unknown[]>(then: (...args: A) => void) =>
      (...args: A) => {
        if (this.#run !== run) return
        this.#run = undefined
        then(...args)
      }
    deliver(this.#options, this).then(
      end(() => this.#settle()),
      end((error: AppError) => {
        // A stop cancels the delivery, and settles the task itself.
        if (!this.#task.stopping) this.#fail(error)
      }),
    )
  }

  #cancel(): void {
    this.#run = undefined
    this.#options.manager.cancel(this.runName)
  }

  async #stopWithRetry(): Promise<void> {
    const { store, listener, closed } = this.#options
    const { taskId, phase } = this.#task
    try {
      await stopAtServer(this.#options, taskId)
    } catch (error) {
      // For a caller who waits, closing is not the same as cancelling.
      closed.throwIfAborted()
      const goesOn = isWithdrawn(this.#task) || phase === 'failed' || this.#isInLog
      if (!goesOn) this.#fail(error as AppError)
      else {
        if (isWithdrawn(this.#task)) this.remove()
        else this.apply({ type: 'stopping', stopping: false })
        store?.stopped(taskId, false)
        listener.onError(error as AppError)
      }
      throw error
    }
    this.#settle()
  }

  accept(position: Position): void {
    const { server, log } = this.#options
    this.#handle?.accept()
    if (!server.isIdempotent) this.#forget()
    this.apply({ type: 'accepted', position, joinsRequested: log.joinsRequested })
    // Only the server knows which of two logs is current.
    if (position.epoch !== log.cursor?.epoch) log.catchUp()
  }

  /** The task is over, and the log says how. */
  #settle(): void {
    const { log } = this.#options.log
    const { input, position } = this.#task
    const handle = this.#takeHandle()
    const outcome = outcomeInLog(log, this.#task)
    const done = position || this.#isInLog ? undefined : doneInLog(log, input)
    this.remove()
    if (handle && done) followDone(handle, done, this.#options)
    else if (handle) tellOutcome(handle, outcome, this.#options)
  }

  #fail(error: AppError): void {
    const handle = this.#takeHandle()
    // A later page must not send by itself what was reported as failed.
    this.#forget()
    // A person may retry the task after the log was given up, so the attempt is noted here.
    const logged = statusInLog(this.#options.log, this.#task)
    const failedAttempt = logged.state === 'failed' ? logged.attempt : undefined
    if (this.#task.input) this.apply({ type: 'failed', error, failedAttempt })
    else this.remove()
    handle?.fail(error)
    this.#options.listener.onError(error)
  }

  #forget(): void {
    // Closing gives up nothing: what is stored is for the next page.
    const { closed, store } = this.#options
    if (!closed.aborted) store?.remove(this.#task.taskId)
  }

  #takeHandle(): TaskHandle | undefined {
    const handle = this.#handle
    this.#handle = undefined
    return handle
  }
}

const expired = () => new AppError({ code: 'expired', message: 'unable to send in time' })
