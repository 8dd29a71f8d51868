import { AppError, copyError, hasOwnText, isAppError, UnauthorizedError } from './app-error.js'
import type { ErrorFacts } from './error-facts.js'
import { errorText, type Language } from './error-text.js'
import { read, readString } from './read.js'

export interface TranslateOptions extends Language {
  /** Milliseconds since the Unix epoch, against which an HTTP date in `Retry-After` is held. @default Date.now */
  now?: (() => number) | undefined
}

export type TranslateError = (raw: unknown, options?: TranslateOptions) => AppError

/** Finds out about one thrown value, without its causes; undefined if the value is of no shape that it knows. */
export type Recognise = (error: unknown, now: () => number) => ErrorFacts | undefined

const maxErrors = 20
const maxMessage = 2000

export const createTranslate =
  (recognise: Recognise): TranslateError =>
  (raw, options = {}) => {
    try {
      return isAppError(raw) ? inLanguage(raw, options) : fromRaw(raw, recognise, options)
    } catch (cause) {
      return new AppError({ message: 'unable to read the error; it refuses access', cause })
    }
  }

function fromRaw(raw: unknown, recognise: Recognise, options: TranslateOptions): AppError {
  const { locale, catalog, now = Date.now } = options
  const facts = recogniseAny(raw, recognise, now)
  const text = typeof raw === 'string' ? raw : readString(raw, 'message', 'error')
  const message =
    text?.slice(0, maxMessage) || `unable to go on; ${raw === null ? raw : typeof raw} was thrown`
  // The first is ours, the second that of the AI SDK.
  const isFinal = read(raw, 'retryable') === false || read(raw, 'isRetryable') === false
  const given = { ...facts, retryable: isFinal ? false : facts.retryable, locale, catalog, cause: raw }
  return facts.code === 'unauthorized'
    ? new UnauthorizedError(message, given)
    : new AppError({ ...given, message })
}

/**
 * The facts about the error, or about the first of its causes that is recognised. That the network failed is the least
 * exact of all facts, so a recognised cause of it, such as an expired certificate, counts more.
 */
function recogniseAny(raw: unknown, recognise: Recognise, now: () => number): ErrorFacts {
  let network: ErrorFacts | undefined
  const queue = [raw]
  for (let index = 0; index < Math.min(queue.length, maxErrors); index++) {
    const error = queue[index]
    if (error == null) continue
    if (isAppError(error)) return { ...error, userMessage: hasOwnText(error) ? error.userMessage : undefined }
    const facts = recognise(error, now)
    if (facts && facts.code !== 'network') return facts
    network ??= facts
    queue.push(...causesOf(error))
  }
  return network ?? {}
}

/** The errors that an error names as its causes, in the order of its fields. */
function causesOf(error: unknown): unknown[] {
  const several = read(error, 'errors')
  return [
    read(error, 'cause'),
    // A SuppressedError's own, and what several libraries call a body's; but a DOM ErrorEvent is no failure of ours.
    read(error, 'type') === 'error' ? undefined : read(error, 'error'),
    // An AggregateError's.
    ...(Array.isArray(several) ? several.slice(0, maxErrors) : []),
  ]
}

const inLanguage = (error: AppError, language: Language): AppError =>
  hasOwnText(error) || (language.locale ?? language.catalog) === undefined
    ? error
    : copyError(error, { userMessage: errorText(error.code, error.category, language) })
