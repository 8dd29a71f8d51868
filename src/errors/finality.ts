import { type AppError, copyError } from './app-error.js'

/**
 * A refused token is renewed once, and a forbidden request stays forbidden, so both are final, even if the server calls
 * them retryable.
 */
export const withFinality = (error: AppError): AppError =>
  error.code === 'token_expired' || error.code === 'forbidden' ? withRetryable(error, false) : error

/** The same error with another answer to "does a repeat help". */
export const withRetryable = (error: AppError, retryable: boolean): AppError =>
  error.retryable === retryable ? error : copyError(error, { retryable })

/** The same error with more details. Details that reports must not carry are not enumerable. */
export const withDetail = (error: AppError, name: string, value: unknown): AppError =>
  copyError(error, { details: Object.defineProperty({ ...error.details }, name, { value }) })
