import { AppError } from '../errors/app-error.js'
import type { TaskHandle } from './chat-task.js'
import type { OutboxOptions } from './outbox-options.js'
import { type Done, outcomeOf, type TaskOutcome } from './task-in-log.js'

/** Tells the app how its task ended. */
export function tellOutcome(
  handle: TaskHandle,
  { answer, error, isOfAnother, isOutOfSight }: TaskOutcome,
  { env, listener }: OutboxOptions,
): void {
  if (answer) {
    handle.finish(answer)
    if (!isOfAnother) listener.onFinish(answer)
  } else handle.fail(error ?? env.translate(isOutOfSight ? outOfSight() : cancelled()))
}

/** Gives a task the outcome of what did the same before it. */
export function followDone(handle: TaskHandle, done: Done, options: OutboxOptions): void {
  const { log, changes, closed } = options
  handle.accept()
  changes
    .waitFor(() => outcomeOf(log.log, done), closed)
    .then(
      (outcome) => tellOutcome(handle, { ...outcome, isOfAnother: true, isOutOfSight: false }, options),
      handle.fail,
    )
}

export const cancelled = () =>
  new AppError({ code: 'cancelled', message: 'unable to answer; the task was stopped' })

const outOfSight = () =>
  new AppError({
    code: 'unknown_message',
    message: 'unable to get an answer; it is not loaded',
  })
