import { AppError } from '../../src/errors/app-error.js'
import { translateError } from '../../src/errors/translate-error.js'
import type { ErrorEvent } from '../../src/protocol/events.js'
import type { Clock } from '../../src/shared/clock.js'
import type { Logger } from '../../src/shared/logger.js'
import { toErrorBody } from './error-event.js'
import { failureFields } from './failure-fields.js'
import { refusals } from './refusals.js'

export type Acknowledge = (answer: object) => void

/** Answers one request, or throws. */
export type Handle = (payload: unknown) => object | Promise<object>

export interface GuardOptions {
  readonly clock: Clock
  readonly createId: () => string
  readonly logger: Logger
}

/** What leaves the server about a failure, and what stays: the log has class and stack under the correlation id. */
export function refuse(error: unknown, what: string, { clock, createId, logger }: GuardOptions): ErrorEvent {
  const appError = translateError(error)
  const correlationId = createId()
  const { fields } = appError.details
  const facts = { ...failureFields(error), what, correlationId, ...(fields !== undefined && { fields }) }
  // A refusal of our own is an answer; anything else that is thrown is a fault to look into.
  if (error instanceof AppError) logger.info('request refused', facts)
  else logger.error('request failed', facts)
  return {
    ...toErrorBody(appError, correlationId),
    timestamp: new Date(clock.now()).toISOString(),
    ...(fields !== undefined && { fields }),
  }
}

/**
 * The one door through which everything comes in that a client sends, known or not. `args` are the event's, the last of
 * them a function where the client wants an acknowledgement: one that it leaves out must not be called.
 */
export async function answerRequest(
  args: readonly unknown[],
  what: string,
  handle: Handle | undefined,
  options: GuardOptions,
): Promise<object> {
  try {
    if (!handle) throw refusals.invalidMessage('there is no such event', 'event')
    return await handle(args[0])
  } catch (error) {
    return { ok: false, error: refuse(error, what, options) }
  }
}

/** Splits an event's arguments. */
export function splitArguments(args: readonly unknown[]): { payload: unknown[]; acknowledge: Acknowledge } {
  const last = args.at(-1)
  if (typeof last !== 'function') return { payload: [...args], acknowledge: () => {} }
  return { payload: args.slice(0, -1), acknowledge: (answer) => last(answer) }
}
