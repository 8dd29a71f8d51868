import { AppError, hasOwnText, isAppError } from '../errors/app-error.js'
import { translateError } from '../errors/translate-error.js'

/**
 * The thrown value, as an AppError. Only an AppError's own text is for people: an upstream service may answer with an error that
 * looks like one of ours, and its text is not.
 */
export function fromThrown(thrown: unknown): AppError {
  const error = translateError(thrown)
  if (isAppError(thrown) || !hasOwnText(error)) return error
  const { message, category, code, action, retryable, retryAfterMs, details } = error
  return new AppError({ message, category, code, action, retryable, retryAfterMs, details, cause: thrown })
}
