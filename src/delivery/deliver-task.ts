import { AppError } from '../errors/app-error.js'
import { ConnectionLost } from '../errors/connection-lost.js'
import type { Position, SendAnswer } from '../protocol/events.js'
import type { Operation } from '../recovery/execute-options.js'
import type { DeliveryOptions } from './outbox-options.js'
import type { LoggedStatus, OutgoingTask } from './outgoing-task.js'

/** A task as its delivery asks about it, and what the delivery tells of it. */
export interface Deliverable {
  /** As it is now. */
  readonly task: OutgoingTask
  isTurn(): boolean
  logged(): LoggedStatus
  /**
   * Resolves when the input is stored here, where it is stored at all: it outlives this page from before its first send.
   *
   * @throws AppError where another tab has taken it over and is done with it.
   */
  stored(signal: AbortSignal): Promise<void>
  sending(): void
  accepted(position: Position): void
}

type Failed = Extract<LoggedStatus, { state: 'failed' }>

/**
 * One attempt at a task, as the recovery manager runs it: hands it to the server, then waits for its end in the log.
 * What to ask for is decided anew each time from what the log shows, so that a lost connection, a lost
 * acknowledgement or a lost log needs no path of its own.
 */
export function deliverTask(delivery: Deliverable, options: DeliveryOptions): Operation<void> {
  const { conversationId, server, changes, log } = options
  /**
   * The attempt whose failure was told last. One that only the log tells, because this page was not there or heard of it
   * together with a lost connection, is this attempt's own: its advice holds, and what is not retryable is not retried.
   */
  let lastReportedAttempt = delivery.task.retriedAttempt

  function tell({ attempt, error }: Failed): never {
    lastReportedAttempt = attempt
    throw error
  }

  /** Resolves once the server has the task, with the number of the last attempt that had failed before. */
  async function submit(signal: AbortSignal): Promise<number> {
    for (;;) {
      const logged = await changes.waitFor(readiness, signal)
      if (logged.state === 'ended') return 0
      if (logged.state === 'running') return logged.attempt - 1
      // In another log the attempts count from the beginning.
      if (logged.state !== 'failed') lastReportedAttempt = 0
      else if (logged.attempt > lastReportedAttempt) tell(logged)
      try {
        await ask(logged, signal)
        return lastFailure(logged)
      } catch (error) {
        if (signal.aborted) throw error
        // The request is the same when it is repeated, so a lost connection costs no attempt.
        if (error instanceof ConnectionLost) continue
        // An unanswered question shows a dead connection.
        if (error instanceof AppError && error.code === 'timeout') log.sync()
        throw error
      }
    }
  }

  function readiness(): LoggedStatus | undefined {
    if (!log.isSynced()) return undefined
    const logged = delivery.logged()
    const isUnsent = logged.state === 'absent' || logged.state === 'lost'
    return isUnsent && !delivery.isTurn() ? undefined : logged
  }

  /** Resolves when the request is acknowledged or its effect seen in the log: a lost acknowledgement is harmless. */
  async function ask(before: LoggedStatus, signal: AbortSignal): Promise<void> {
    let answered: (() => true) | undefined
    const answer = () => {
      answered = () => true
    }
    const refuse = (error: unknown) => {
      answered = () => {
        throw error
      }
    }
    request(before, signal)
      .then(answer, refuse)
      .then(() => changes.notify())
    await changes.waitFor(() => answered?.() ?? showsMore(before), signal)
  }

  async function request(before: LoggedStatus, signal: AbortSignal): Promise<void> {
    const { taskId, input } = delivery.task
    const to = { conversation_id: conversationId, task_id: taskId }
    await delivery.stored(signal)
    // It may have been stopped meanwhile, and then nobody expects it to leave.
    signal.throwIfAborted()
    // Or another tab has gone on with it, as the log shows by now.
    if (showsMore(before)) return
    let answer: SendAnswer
    if (before.state === 'failed') {
      answer = await server.retry({ ...to, attempt: before.attempt + 1 })
    } else {
      if (input === null) throw inputGone()
      delivery.sending()
      answer = await server.send({ ...to, input })
    }
    delivery.accepted({ epoch: answer.epoch, offset: answer.offset })
  }

  function showsMore(before: LoggedStatus): true | undefined {
    const now = delivery.logged()
    if (now.state === 'absent' || now.state === 'lost') return undefined
    return now.state === 'ended' || now.attempt > lastFailure(before) || undefined
  }

  /** @throws AppError when this attempt has failed. */
  function outcome(failedBefore: number, joinsRequested: number): 'ended' | 'forgotten' | undefined {
    const logged = delivery.logged()
    if (logged.state === 'ended') return 'ended'
    if (logged.state === 'failed' && logged.attempt > failedBefore) tell(logged)
    if (!log.isSynced()) return undefined
    if (logged.state === 'lost') throw interrupted()
    // A retry has no event of its own before it starts, so a server may forget it with its memory; asking twice is safe.
    const mayForget = logged.state === 'failed' && server.isIdempotent
    return mayForget && log.lastCompletedJoin > joinsRequested ? 'forgotten' : undefined
  }

  return async ({ signal }) => {
    for (;;) {
      const failedBefore = await submit(signal)
      const { joinsRequested } = log
      const end = await changes.waitFor(() => outcome(failedBefore, joinsRequested), signal)
      if (end === 'ended') return
    }
  }
}

const lastFailure = (logged: LoggedStatus): number => (logged.state === 'failed' ? logged.attempt : 0)

const interrupted = () =>
  new AppError({ code: 'interrupted', message: 'unable to finish the task; the server no longer knows it' })

const inputGone = () =>
  new AppError({ code: 'unknown_task', message: 'unable to retry the task; the server no longer knows it' })
