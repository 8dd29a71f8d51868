import type { AppError } from '../errors/app-error.js'
import type { ChatMessage } from '../message/message.js'

/** One intent of a person, and what became of it. Its promises never turn into unhandled rejections. */
export interface ChatTask {
  /** The idempotency key: it stays the same over retries, reconnects and reloads. */
  readonly id: string
  /** Resolves when the server has stored the input. Rejects with an AppError where it never will by itself. */
  readonly accepted: Promise<void>
  /**
   * Resolves with the answer; after a stop with what was streamed until then. Rejects with an AppError: `cancelled` where
   * it was stopped before anything was streamed, `unknown_message` where it ended unseen and so long ago that it may stand
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

export function createTaskHandle(id: string, stop: () => Promise<void>): TaskHandle {
  let accept = () => {}
  let finish: TaskHandle['finish'] = () => {}
  let refuse: (error: AppError) => void = () => {}
  let giveUp: (error: AppError) => void = () => {}
  const accepted = new Promise<void>((resolve, reject) => {
    accept = resolve
    refuse = reject
  })
  const finished = new Promise<ChatMessage>((resolve, reject) => {
    finish = resolve
    giveUp = reject
  })
  const handled = () => {}
  accepted.catch(handled)
  finished.catch(handled)
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

/** A task that was refused before it began. */
export function refusedTask(id: string, error: AppError): ChatTask {
  const handle = createTaskHandle(id, () => Promise.resolve())
  handle.fail(error)
  return handle.task
}
