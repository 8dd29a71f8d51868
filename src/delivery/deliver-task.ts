import { ConnectionLost } from '../connection/requests.js'
import { AppError } from '../errors/app-error.js'
import type { Position, SendAnswer, SendInput } from '../protocol/events.js'
import type { Operation } from '../recovery/execute-options.js'
import type { Condition } from '../shared/condition.js'
import type { ChatServer } from './chat-server.js'

/** What the log shows of a task: nothing yet, an attempt, or its end. */
export type Logged =
  | { readonly state: 'absent' }
  | { readonly state: 'running'; readonly attempt: number }
  | { readonly state: 'failed'; readonly attempt: number; readonly error: AppError }
  | { readonly state: 'over' }
  /** It was stored in a log that is no more. */
  | { readonly state: 'lost' }

/** What the delivery of a task is told by its conversation, and what it tells it. */
export interface DeliveryFacts {
  readonly conversationId: string
  readonly server: ChatServer
  /** Notified whenever an answer below may have changed. */
  readonly changes: Condition
  /** Whether the log that is held is the server's, over the connection that is up. @throws AppError when it can't be had. */
  isSynced(): boolean
  isTurn(taskId: string): boolean
  logged(taskId: string): Logged
  /** The number of joins asked for so far, and of the last one that is answered in full. */
  joins(): { readonly asked: number; readonly confirmed: number }
  input(taskId: string): SendInput | null
  /** The attempt whose failure a person has answered with a retry; 0 where there was none. */
  retriedAfter(taskId: string): number
  /**
   * Resolves when the input is stored here, where it is stored at all: it outlives this page from before its first send.
   *
   * @throws AppError where another tab has taken it over and is done with it.
   */
  stored(taskId: string, signal: AbortSignal): Promise<void>
  sending(taskId: string): void
  accepted(taskId: string, position: Position): void
  /** Asks the server what has happened since; an unanswered question shows a dead connection. */
  inquire(): void
}

/**
 * One attempt at a task, as the recovery manager runs it: hands it to the server, then waits for its end in the log.
 * What to ask for is decided anew each time from what the log shows, so that a lost connection, a lost
 * acknowledgement or a lost log needs no path of its own.
 */
export function deliverTask(taskId: string, facts: DeliveryFacts): Operation<void> {
  const failures = new Failures(facts.retriedAfter(taskId))
  return async ({ signal }) => {
    for (;;) {
      const failedBefore = await submit(taskId, failures, facts, signal)
      const { asked } = facts.joins()
      const end = await facts.changes.until(
        () => outcome(taskId, failedBefore, asked, failures, facts),
        signal,
      )
      if (end === 'over') return
    }
  }
}

type Failed = Extract<Logged, { state: 'failed' }>

/**
 * Which failure was told last. One that only the log tells, because this page was not there or heard of it together with
 * a lost connection, is this attempt's own: its advice holds, and what is not retryable is not retried.
 */
class Failures {
  #told: number

  constructor(told: number) {
    this.#told = told
  }

  isTold({ attempt }: Failed): boolean {
    return attempt <= this.#told
  }

  tell({ attempt, error }: Failed): never {
    this.#told = attempt
    throw error
  }

  /** In another log the attempts count from the beginning. */
  reset(): void {
    this.#told = 0
  }
}

/** @throws AppError when this attempt has failed. */
function outcome(
  taskId: string,
  failedBefore: number,
  asked: number,
  failures: Failures,
  facts: DeliveryFacts,
): 'over' | 'forgotten' | undefined {
  const logged = facts.logged(taskId)
  if (logged.state === 'over') return 'over'
  if (logged.state === 'failed' && logged.attempt > failedBefore) failures.tell(logged)
  if (!facts.isSynced()) return undefined
  if (logged.state === 'lost') throw interrupted()
  // A retry has no event of its own before it starts, so a server may forget it with its memory; asking twice is safe.
  const mayForget = logged.state === 'failed' && !facts.server.isForgetful
  return mayForget && facts.joins().confirmed > asked ? 'forgotten' : undefined
}

/** Resolves once the server has the task, with the number of the last attempt that had failed before. */
async function submit(
  taskId: string,
  failures: Failures,
  facts: DeliveryFacts,
  signal: AbortSignal,
): Promise<number> {
  for (;;) {
    const logged = await facts.changes.until(() => readiness(taskId, facts), signal)
    if (logged.state === 'over') return 0
    if (logged.state === 'running') return logged.attempt - 1
    if (logged.state !== 'failed') failures.reset()
    else if (!failures.isTold(logged)) failures.tell(logged)
    try {
      await ask(taskId, logged, facts, signal)
      return lastFailure(logged)
    } catch (error) {
      if (signal.aborted) throw error
      // The request is the same when it is repeated, so a lost connection costs no attempt.
      if (error instanceof ConnectionLost) continue
      if (error instanceof AppError && error.code === 'timeout') facts.inquire()
      throw error
    }
  }
}

function readiness(taskId: string, facts: DeliveryFacts): Logged | undefined {
  if (!facts.isSynced()) return undefined
  const logged = facts.logged(taskId)
  const isUnsent = logged.state === 'absent' || logged.state === 'lost'
  return isUnsent && !facts.isTurn(taskId) ? undefined : logged
}

const lastFailure = (logged: Logged): number => (logged.state === 'failed' ? logged.attempt : 0)

/** Resolves when the request is acknowledged or its effect seen in the log: a lost acknowledgement is harmless. */
async function ask(taskId: string, logged: Logged, facts: DeliveryFacts, signal: AbortSignal): Promise<void> {
  let answered: true | undefined
  let failure: { readonly error: unknown } | undefined
  request(taskId, logged, facts, signal)
    .then(
      () => {
        answered = true
      },
      (error: unknown) => {
        failure = { error }
      },
    )
    .then(() => facts.changes.notify())
  await facts.changes.until(() => {
    if (failure) throw failure.error
    return answered ?? showsMore(facts.logged(taskId), lastFailure(logged))
  }, signal)
}

function showsMore(now: Logged, failedBefore: number): true | undefined {
  if (now.state === 'absent' || now.state === 'lost') return undefined
  return now.state === 'over' || now.attempt > failedBefore || undefined
}

async function request(
  taskId: string,
  logged: Logged,
  facts: DeliveryFacts,
  signal: AbortSignal,
): Promise<void> {
  const { server, conversationId } = facts
  const to = { conversation_id: conversationId, task_id: taskId }
  await facts.stored(taskId, signal)
  // It may have been stopped meanwhile, and then nobody expects it to leave.
  signal.throwIfAborted()
  // Or another tab has gone on with it, as the log shows by now.
  if (showsMore(facts.logged(taskId), lastFailure(logged))) return
  let answer: SendAnswer
  if (logged.state === 'failed') {
    answer = await server.retry({ ...to, attempt: logged.attempt + 1 })
  } else {
    const input = facts.input(taskId)
    if (input === null) throw inputGone()
    facts.sending(taskId)
    answer = await server.send({ ...to, input })
  }
  facts.accepted(taskId, { epoch: answer.epoch, offset: answer.offset })
}

const interrupted = () =>
  new AppError({ code: 'interrupted', message: 'unable to finish the task; the server no longer knows it' })

const inputGone = () =>
  new AppError({ code: 'unknown_task', message: 'unable to retry the task; the server no longer knows it' })
