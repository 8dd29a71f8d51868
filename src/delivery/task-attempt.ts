import { AppError } from '../errors/app-error.js'
import { ConnectionLost, type Suspicion } from '../errors/connection-lost.js'
import { afterLoss, checkLosses, noLosses } from '../errors/losses.js'
import type { ChatRequests } from '../protocol/chat-requests.js'
import type { Position, SendAnswer } from '../protocol/events.js'
import type { Operation } from '../recovery/execute-options.js'
import type { Condition } from '../shared/wait.js'
import { abortable } from '../shared/wait.js'
import type { OutgoingTask } from './outgoing-task.js'
import { doneInLog, isReadTo, type LoggedStatus, type ReadLog, statusInLog } from './task-in-log.js'

/** The conversation's log, and the way to bring it up to date. */
export interface FollowedLog extends ReadLog {
  /** @throws AppError if the conversation can't be joined. */
  isSynced(): boolean
  sync(): void
  /** Reads on, because the server has named a position of another log. */
  catchUp(): void
}

export interface AttemptOptions {
  readonly conversationId: string
  readonly server: ChatRequests
  readonly log: FollowedLog
  /** Notified after each change of the log and of a task. */
  readonly changes: Condition
  /** The task as it is now. */
  readonly task: () => OutgoingTask
  /** Whether no other task of the conversation has to be sent before this one. */
  readonly isTurn: () => boolean
  /** Resolves once this tab may send the input. @throws AppError if another tab took the task over and finished it. */
  readonly whenStored: (signal: AbortSignal) => Promise<void>
  /** Called before the input leaves. @throws AppError if it waited too long. */
  readonly onSending: () => void
  readonly onAccepted: (position: Position) => void
  /** Called if a connection was lost while a request for the task was unanswered. */
  readonly onLost: (suspicion: Suspicion) => void
}

type Failed = Extract<LoggedStatus, { state: 'failed' }>

/**
 * One attempt to deliver a task, as the recovery manager runs it: waits for the task's turn, hands the task to the server,
 * and waits for the task's end in the log. The log decides each time what to ask for, so a lost connection, a lost
 * acknowledgement and a lost log need no code of their own.
 */
export function deliveryAttempt(options: AttemptOptions): Operation<void> {
  const { conversationId, server, log, changes, isTurn, whenStored, onSending, onAccepted, onLost } = options
  const logged = () => statusInLog(log, options.task())
  /**
   * The attempt whose failure was reported last. A later failure in the log belongs to this attempt, also if the page was
   * away when it happened: its advice is followed, and if it is final nothing is retried.
   */
  let lastReportedAttempt = options.task().retriedAttempt

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
        if (error instanceof ConnectionLost) {
          onLost(error.suspicion)
          continue
        }
        // A double click, or another tab, may have been first: then the log shows it, once it is read to its end.
        if (error instanceof AppError && error.code === 'unknown_message') {
          log.sync()
          await changes.waitFor(() => log.isSynced() || undefined, signal)
          if (doneInLog(log.log, options.task().input)) return null
        }
        // If the server does not answer, the connection may be dead; a join finds out.
        if (error instanceof AppError && error.code === 'timeout') log.sync()
        throw error
      }
    }
  }

  function statusWhenReady(): LoggedStatus | undefined {
    if (!log.isSynced()) return undefined
    const now = logged()
    return isAtServer(now) || isTurn() ? now : undefined
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
    await changes.waitFor(() => answer?.() ?? showsMore(before), signal)
  }

  async function request(before: LoggedStatus, signal: AbortSignal): Promise<void> {
    await whenStored(signal)
    // If the task was stopped meanwhile, its input must not leave.
    signal.throwIfAborted()
    // If another tab has sent it meanwhile, the log shows that by now.
    if (showsMore(before)) return
    const { taskId, input, losses } = options.task()
    checkLosses(losses)
    // A request may wait to leave; meanwhile the task may be stopped, or the log show its end.
    const isWanted = () => !signal.aborted && !showsMore(before)
    const manner = { losses: losses.total, isWanted }
    const to = { conversation_id: conversationId, task_id: taskId }
    let answer: SendAnswer
    if (before.state === 'failed') {
      answer = await server.retry({ ...to, attempt: before.attempt + 1 }, manner)
    } else {
      if (input === null) throw inputLost()
      onSending()
      answer = await server.send({ ...to, input }, manner)
    }
    onAccepted({ epoch: answer.epoch, offset: answer.offset })
  }

  function showsMore(before: LoggedStatus): true | undefined {
    const now = logged()
    if (!isAtServer(now)) return undefined
    return now.state === 'ended' || now.attempt > lastFailure(before) || undefined
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
      const failedBefore = await handOver(signal)
      if (failedBefore === null) return
      const { joinsRequested } = log
      const end = await changes.waitFor(() => outcome(failedBefore, joinsRequested), signal)
      if (end === 'ended') return
    }
  }
}

type AtServer = Exclude<LoggedStatus, { state: 'absent' | 'lost' }>

const isAtServer = (status: LoggedStatus): status is AtServer =>
  status.state !== 'absent' && status.state !== 'lost'

const lastFailure = (status: LoggedStatus): number => (status.state === 'failed' ? status.attempt : 0)

/**
 * One attempt to stop a task, over as many connections as needed. The log decides how the task ended, so the stop is over
 * once the log was read as far as the server's answer says.
 */
export function stopAttempt({
  conversationId,
  server,
  log,
  changes,
  taskId,
}: Pick<AttemptOptions, 'conversationId' | 'server' | 'log' | 'changes'> & {
  readonly taskId: string
}): Operation<void> {
  const request = { conversation_id: conversationId, task_id: taskId }
  return async ({ signal }) => {
    for (let losses = noLosses; ; ) {
      await changes.waitFor(() => log.isSynced() || undefined, signal)
      checkLosses(losses)
      try {
        const manner = { losses: losses.total, isWanted: () => !signal.aborted }
        const answer = await abortable(server.stop(request, manner), signal)
        const { joinsRequested } = log
        // Only the server knows which of two logs is current, and the current one may never push anything.
        if (answer.epoch !== log.cursor?.epoch) log.catchUp()
        await changes.waitFor(() => isReadTo(log, answer, joinsRequested) || undefined, signal)
        return
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error
        losses = afterLoss(losses, error.suspicion)
      }
    }
  }
}

const lostByServer = () =>
  new AppError({ code: 'interrupted', message: 'unable to finish the task; the server no longer knows it' })

const inputLost = () =>
  new AppError({ code: 'unknown_task', message: 'unable to retry the task; the server no longer knows it' })
