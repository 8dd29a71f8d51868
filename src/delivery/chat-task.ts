import type { AppError } from '../errors/app-error.js'
import type { ChatMessage } from '../message/message.js'

/** One intent of a person, and what became of it. Its promises never turn into unhandled rejections. */
export interface ChatTask {
  /** The idempotency key: it stays the same over retries, reconnects and reloads. */
  readonly id: string
  /** Resolves when the server has stored the input. Rejects with an AppError if it never will by itself. */
  readonly accepted: Promise<void>
  /**
   * Resolves with the answer; after a stop with what was streamed until then. Rejects with an AppError: `cancelled` if
   * it was stopped before anything was streamed, `unknown_message` if it ended unseen and so long ago that it may stand
   * among the older messages that are not loaded, `closed` when the client was closed first.
   */
  readonly finished: Promise<ChatMessage>
  /** The same as `conversation.stop(task.id)`. */
  stop(): Promise<void>
}

/** The two promises of a task, and what settles them; each settles once. */
export interface TaskHandle {
  readonly task: ChatTask
  accept(): void
  finish(answer: ChatMessage): void
  fail(error: AppError): void
}

/** @param stop by default for a task that has nothing to stop */
export function createTaskHandle(id: string, stop = () => Promise.resolve()): TaskHandle {
  const [accepted, accept, refuse] = openPromise<void>()
  const [finished, finish, giveUp] = openPromise<ChatMessage>()
  return {
    task: { id, accepted, finished, stop },
    accept,
    finish(answer) {
      accept()
      finish(answer)
    },
    fail(error) {
      refuse(error)
      giveUp(error)
    },
  }
}

/** `Promise.withResolvers`, which browsers of before 2024 lack, with a rejection that is never unhandled. */
function openPromise<T>() {
  let resolve!: (value: T) => void
  let reject!: (error: AppError) => void
  const promise = new Promise<T>((...settle) => {
    ;[resolve, reject] = settle
  })
  promise.catch(() => {})
  return [promise, resolve, reject] as const
}

/** A task that was refused before it began. */
export function refusedTask(id: string, error: AppError): ChatTask {
  const handle = createTaskHandle(id)
  handle.fail(error)
  return handle.task
}

/** The promises of work that is no task: accepted once it is done, and refused an answer with `noAnswer`. */
export function tasklessTask(id: string, done: Promise<unknown>, noAnswer: AppError): ChatTask {
  const handle = createTaskHandle(id)
  done.then(() => handle.accept(), handle.fail).then(() => handle.fail(noAnswer))
  return handle.task
}
