import type { AppError } from './app-error.js'
import { read, readString } from './read.js'
import { className, isError, stackFrames } from './stack-frames.js'

/**
 * The fields of an error that a log may keep: its class, codes and places in the source; never its text, which may hold
 * anything.
 */
export function logFields(error: AppError): Record<string, unknown> {
  const cause = read(error, 'cause')
  const thrown = cause ?? error
  return {
    error: className(thrown),
    code: error.code,
    category: error.category,
    correlationId: error.correlationId,
    stack: stackFrames(isError(thrown) && readString(thrown, 'stack') ? thrown : error),
  }
}
