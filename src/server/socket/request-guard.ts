import { isAppError } from '../../errors/app-error.js'
import type { ErrorEvent } from '../../protocol/events.js'
import type { Clock } from '../../shared/clock.js'
import type { Logger } from '../../shared/logger.js'
import { toErrorBody } from '../error-event.js'
import { failureFields } from '../failure-fields.js'
import { refusals } from '../refusals.js'
import { fromThrown } from '../thrown-error.js'
import { RefusedByOptionsError } from './handshake.js'

export type Acknowledge = (answer: object) => void

/** Answers one request, or throws. */
export type Handle = (payload: unknown) => object | Promise<object>

export interface GuardOptions {
  readonly clock: Clock
  readonly createId: () => string
  readonly logger: Logger
  /** Gets each fault as it was thrown. Must not throw. */
  readonly rawErrorSink?: ((error: unknown) => void) | undefined
}

/**
 * Separates the facts of a failure that leave the server from those that stay: the log has a fault's class and stack
 * under the correlation id.
 */
export function refuse(error: unknown, what: string, options: GuardOptions): ErrorEvent {
  const { clock, createId, logger, rawErrorSink } = options
  const appError = fromThrown(error)
  const correlationId = createId()
  const fields = namesOf(appError.details.fields)
  const facts = { what, correlationId, ...(fields !== undefined && { fields }) }
  // A refusal of our own is an answer: its stack says nothing, and reading stacks is most of what a flood would cost.
  if (error instanceof RefusedByOptionsError)
    logger.warn('request refused', { code: appError.code, hint: error.hint, ...facts })
  else if (isAppError(error))
    logger.info('request refused', { code: appError.code, category: appError.category, ...facts })
  // Anything else that is thrown is a fault to look into.
  else {
    logger.error('request failed', { ...failureFields(error), ...facts })
    rawErrorSink?.(error)
  }
  return {
    ...toErrorBody(appError, correlationId),
    timestamp: new Date(clock.now()).toISOString(),
    ...(fields !== undefined && { fields }),
  }
}

/** The names of fields; undefined if an app's own error has something else there, which might not even be JSON. */
const namesOf = (fields: unknown): readonly string[] | undefined =>
  Array.isArray(fields) && fields.every((name) => typeof name === 'string') ? fields : undefined

/** The one door through which everything comes in that a client sends under the protocol's names, known or not. */
export async function answerRequest(
  payload: unknown,
  what: string,
  handle: Handle | undefined,
  options: GuardOptions,
): Promise<object> {
  try {
    if (!handle) throw refusals.invalidMessage('there is no such event', 'event')
    return await handle(payload)
  } catch (error) {
    return { ok: false, error: refuse(error, what, options) }
  }
}

/** Splits an event's arguments: the last is a function if the client wants an acknowledgement, and absent otherwise. */
export function splitArguments(args: readonly unknown[]): { payload: unknown; acknowledge: Acknowledge } {
  const last = args.at(-1)
  if (typeof last !== 'function') return { payload: args[0], acknowledge: () => {} }
  return { payload: args.length > 1 ? args[0] : undefined, acknowledge: (answer) => last(answer) }
}
