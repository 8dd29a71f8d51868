import { AppError } from '../errors/app-error.js'
import { ConnectionLost } from '../errors/connection-lost.js'
import type { Position, SendAnswer } from '../protocol/events.js'
import type { Operation } from '../recovery/execute-options.js'
import { isBusyRefusal } from '../recovery/retry-task.js'
import type { OutboxOptions } from './outbox-options.js'
import { isUnsent, type OutgoingTask, type TaskEvent } from './outgoing-task.js'
import { doneInLog, type LoggedStatus, statusInLog } from './task-in-log.js'

/** A task that is to be delivered. */
export interface DeliveredTask {
  /** The task as it is now. */
  readonly task: OutgoingTask
  /** The name of its run. */
  readonly runName: string
  /** Whether no other task of the conversation has to be sent before this one. */
  readonly isTurn: boolean
  /** Called before the input leaves. @throws AppError if it waited too long. */
  beginSending(): void
  accept(position: Position): void
  apply(event: TaskEvent): void
}

type Failed = Extract<LoggedStatus, { state: 'failed' }>

/**
 * One attempt to deliver a task, as the recovery manager runs it: waits for the task's turn, hands the task to the server,
 * and waits for the task's end in the log. The log decides each time what to ask for, so a lost connection, a lost
 * acknowledgement and a lost log need no code of their own.
 */
function deliveryAttempt(
  { conversationId, server, log, changes, store }: OutboxOptions,
  delivered: DeliveredTask,
  onRetryRefused: () => void,
): Operation<void> {
  const logged = () => statusInLog(log, delivered.task)
  /**
   * The attempt whose failure was reported last. A later failure in the log belongs to this attempt, also if the page was
   * away when it happened: its advice is followed, and if it is final nothing is retried.
   */
  let lastReportedAttempt = delivered.task.retriedAttempt

  function report({ attempt, error }: Failed): never {
    lastReportedAttempt = attempt
    throw error
  }

  /**
   * Resolves once the server has the task, with the number of the last attempt that had failed before; with null if another
   * client has done the same already.
   */
  async function handOver(signal: AbortSignal): Promise<number | null> {
    for (;;) {
      const before = await changes.waitFor(statusWhenReady, signal)
      if (before.state === 'ended') return 0
      if (before.state === 'running') return before.attempt - 1
      // In another log the attempts count from the beginning.
      if (before.state !== 'failed') lastReportedAttempt = 0
      else if (before.attempt > lastReportedAttempt) report(before)
      try {
        await askAndWatch(before, signal)
        return lastFailure(before)
      } catch (error) {
        if (signal.aborted) throw error
        // A lost connection costs no attempt, because the request is the same when it is repeated.
        if (error instanceof ConnectionLost) continue
        // A double click, or another tab, may have been first: then the log shows it, once it is read to its end.
        if (error instanceof AppError && error.code === 'unknown_message') {
          log.sync()
          await changes.waitFor(() => log.isSynced(), signal)
          if (doneInLog(log.log, delivered.task.input)) return null
        }
        if (before.state === 'failed') onRetryRefused()
        // If the server does not answer, the connection may be dead; a join finds out.
        if (error instanceof AppError && error.code === 'timeout') log.sync()
        throw error
      }
    }
  }

  function statusWhenReady(): LoggedStatus | false {
    if (!log.isSynced()) return false
    const now = logged()
    return (isAtServer(now) || delivered.isTurn) && now
  }

  /** Resolves when the server acknowledges the request or the log shows its effect: a lost acknowledgement is harmless. */
  async function askAndWatch(before: LoggedStatus, signal: AbortSignal): Promise<void> {
    let answer: (() => true) | undefined
    request(before, signal)
      .then(
        () => {
          answer = () => true
        },
        (error: unknown) => {
          answer = () => {
            throw error
          }
        },
      )
      .then(() => changes.notify())
    await changes.waitFor(() => answer?.() ?? showsMoreThan(lastFailure(before)), signal)
  }

  async function request(before: LoggedStatus, signal: AbortSignal): Promise<void> {
    await store?.stored(delivered.task.taskId, signal)
    // If the task was stopped meanwhile, its input must not leave.
    signal.throwIfAborted()
    // If another tab has sent it meanwhile, the log shows that by now.
    if (showsMoreThan(lastFailure(before))) return
    const { taskId, input } = delivered.task
    // A request may wait to leave; meanwhile the task may be stopped, or the log show its end.
    const isWanted = () => !signal.aborted && !showsMoreThan(lastFailure(before))
    const to = { conversation_id: conversationId, task_id: taskId }
    let answer: SendAnswer
    if (before.state === 'failed') {
      answer = await server.retry({ ...to, attempt: before.attempt + 1 }, isWanted)
    } else {
      if (input === null) throw inputLost()
      delivered.beginSending()
      answer = await server.send({ ...to, input }, isWanted)
    }
    delivered.accept({ epoch: answer.epoch, offset: answer.offset })
  }

  function showsMoreThan(failedAttempt: number): boolean {
    const now = logged()
    return isAtServer(now) && (now.state === 'ended' || now.attempt > failedAttempt)
  }

  /** @throws AppError if this attempt has failed. */
  function outcome(failedBefore: number, joinsRequested: number): 'ended' | 'forgotten' | undefined {
    const now = logged()
    if (now.state === 'ended') return 'ended'
    if (now.state === 'failed' && now.attempt > failedBefore) report(now)
    if (!log.isSynced()) return undefined
    if (now.state === 'lost') throw lostByServer()
    // A retry has no event of its own before it starts, so a server that restarts may forget it. Asking twice is safe.
    const mayForget = now.state === 'failed' && server.isIdempotent
    return mayForget && log.lastCompletedJoin > joinsRequested ? 'forgotten' : undefined
  }

  return async ({ signal }) => {
    for (;;) {
      try {
        const failedBefore = await handOver(signal)
        if (failedBefore === null) return
        const { joinsRequested } = log
        const end = await changes.waitFor(() => outcome(failedBefore, joinsRequested), signal)
        if (end === 'ended') return
      } catch (error) {
        // While this page was put away, another tab may have gone on with the task: only if that did not help, it has failed.
        if (!(await store?.whenBack(delivered.task.taskId, signal))) throw error
        await changes.waitFor(() => log.isSynced(), signal)
        if (!showsMoreThan(lastReportedAttempt)) throw error
      }
    }
  }
}

type AtServer = Exclude<LoggedStatus, { state: 'absent' | 'lost' }>

const isAtServer = (status: LoggedStatus): status is AtServer =>
  status.state !== 'absent' && status.state !== 'lost'

const lastFailure = (status: LoggedStatus): number => (status.state === 'failed' ? status.attempt : 0)

/** Delivers a task, with as many attempts as the recovery manager allows. @throws AppError */
export function deliver(options: OutboxOptions, delivered: DeliveredTask): Promise<void> {
  const { maxAge, closed, env, manager, listener } = options
  const { clock } = env
  const since = clock.now()
  let isRetryRefused = false
  const attempt = deliveryAttempt(options, delivered, () => {
    isRetryRefused = true
  })
  // An attempt that the server has made and that failed counts, whatever its error says.
  const hasRefused = () => isUnsent(delivered.task) || (isRetryRefused && clock.now() - since < maxAge)
  return manager.executeWithRetry<void>(
    delivered.runName,
    (context) => {
      if (delivered.task.retry) delivered.apply({ type: 'waiting', retry: null })
      isRetryRefused = false
      return attempt(context)
    },
    {
      signal: closed,
      // A busy server that says when to come back costs no attempt, until the message, or the wait, is too old.
      isDeferral: (error) => isBusyRefusal(error) && hasRefused(),
      onRetry: (_count, { scope: _own, ...waiting }) => {
        // The run of another client's task has a name of its own.
        const retry = { ...waiting, taskId: delivered.task.taskId }
        delivered.apply({ type: 'waiting', retry })
        listener.onRetry(retry)
      },
    },
  )
}

const lostByServer = () =>
  new AppError({ code: 'interrupted', message: 'unable to finish; the server no longer knows the task' })

const inputLost = () =>
  new AppError({ code: 'unknown_task', message: 'unable to retry; the server no longer knows the task' })
