import { ConnectionLost } from '../connection/requests.js'
import { AppError } from '../errors/app-error.js'
import type { Position, SendAnswer, SendInput } from '../protocol/events.js'
import type { Operation } from '../recovery/execute-options.js'
import { abortable } from '../shared/abort.js'
import type { Condition } from '../shared/condition.js'
import type { ChatServer } from './chat-server.js'

/** What the log shows of a task: nothing yet, an attempt, or its end. */
export type Logged =
  | { readonly state: 'absent' }
  | { readonly state: 'queued' | 'running'; readonly attempt: number }
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
  input(taskId: string): SendInput | null
  /** Resolves when the input is stored here, where it is stored at all: it outlives this page from before its first send. */
  stored(taskId: string): Promise<void>
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
  return async ({ signal }) => {
    const attempt = await submit(taskId, facts, signal)
    await facts.changes.until(() => outcome(facts.logged(taskId), attempt, facts), signal)
  }
}

function outcome(logged: Logged, attempt: number, facts: DeliveryFacts): true | undefined {
  if (logged.state === 'over') return true
  if (logged.state === 'failed' && logged.attempt >= attempt) throw logged.error
  if (logged.state === 'lost' && facts.isSynced()) throw interrupted()
  return undefined
}

/** Resolves with the attempt that is under way once the server has the task. */
async function submit(taskId: string, facts: DeliveryFacts, signal: AbortSignal): Promise<number> {
  for (;;) {
    const logged = await facts.changes.until(() => readiness(taskId, facts), signal)
    if (logged.state === 'over') return 0
    if (logged.state === 'queued' || logged.state === 'running') return logged.attempt
    try {
      return await ask(taskId, logged, facts, signal)
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
  const unsent = logged.state === 'absent' || logged.state === 'lost'
  return unsent && !facts.isTurn(taskId) ? undefined : logged
}

async function ask(
  taskId: string,
  logged: Logged,
  facts: DeliveryFacts,
  signal: AbortSignal,
): Promise<number> {
  const answered = new AbortController()
  const seen = facts.changes.until(
    () => attemptAfter(logged, facts.logged(taskId)),
    AbortSignal.any([signal, answered.signal]),
  )
  seen.catch(() => {})
  try {
    // Acknowledged or seen in the log, whichever comes first: a lost acknowledgement is harmless.
    return await abortable(Promise.race([request(taskId, logged, facts), seen]), signal)
  } finally {
    answered.abort()
  }
}

/** The attempt that the log shows now, where it shows more than before. */
function attemptAfter(before: Logged, now: Logged): number | undefined {
  if (now.state === 'over') return 0
  if (now.state === 'absent' || now.state === 'lost') return undefined
  return before.state === 'failed' && now.attempt <= before.attempt ? undefined : now.attempt
}

async function request(taskId: string, logged: Logged, facts: DeliveryFacts): Promise<number> {
  const { server, conversationId } = facts
  const to = { conversation_id: conversationId, task_id: taskId }
  let answer: SendAnswer
  if (logged.state === 'failed') {
    answer = await server.retry({ ...to, attempt: logged.attempt + 1 })
  } else {
    const input = facts.input(taskId)
    if (input === null) throw inputGone()
    await facts.stored(taskId)
    facts.sending(taskId)
    answer = await server.send({ ...to, input })
  }
  facts.accepted(taskId, { epoch: answer.epoch, offset: answer.offset })
  return answer.attempt
}

const interrupted = () =>
  new AppError({ code: 'interrupted', message: 'unable to finish the task; the server no longer knows it' })

const inputGone = () =>
  new AppError({ code: 'unknown_task', message: 'unable to retry the task; the server no longer knows it' })
