import { AppError, hasOwnText } from './app-error.js'

/**
 * A refused token is renewed once, and a forbidden request stays forbidden, so both are final, even if the server calls
 * them retryable.
 */
export function withFinality(error: AppError): AppError {
  const isFinal = error.code === 'token_expired' || error.code === 'forbidden'
  return isFinal && error.retryable ? withRetryable(error, false) : error
}

/** The same error with another answer to "does a repeat help". The text is kept only if the error brought its own. */
export function withRetryable(error: AppError, retryable: boolean): AppError {
  const { message, userMessage } = error
  const text = hasOwnText(error) ? userMessage : undefined
  return new AppError({ ...error, message, userMessage: text, retryable, cause: error })
}

/** The same error with more details. Those that reports must not carry are not enumerable. */
export function withDetail(error: AppError, name: string, value: unknown): AppError {
  const { message, userMessage } = error
  const text = hasOwnText(error) ? userMessage : undefined
  const details = Object.defineProperty({ ...error.details }, name, { value })
  return new AppError({ ...error, message, userMessage: text, details, cause: error })
}
