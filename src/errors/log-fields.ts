import type { AppError } from './app-error.js'
import { className, isError } from './error-class.js'
import { read, readString } from './read.js'
import { stackFrames } from './stack-frames.js'

/** The fields of an error that any log may keep: its class and codes; never its text, which may hold anything. */
export function errorFields(error: AppError): Record<string, unknown> {
  const { code, category, correlationId } = error
  return { error: className(thrownIn(error)), code, category, correlationId }
}

/** The same with the places in the source, for a server's log. */
export function logFields(error: AppError): Record<string, unknown> {
  const thrown = thrownIn(error)
  const stack = stackFrames(isError(thrown) && readString(thrown, 'stack') ? thrown : error)
  return { ...errorFields(error), stack }
}

const thrownIn = (error: AppError): unknown => read(error, 'cause') ?? error
