import { AppError, copyError, hasOwnText, isAppError, UnauthorizedError } from './app-error.js'
import type { ErrorFacts } from './error-facts.js'
import { errorText, type Language } from './error-text.js'
import { read, readString } from './read.js'
import { isError } from './stack-frames.js'

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
  const given = { ...facts, locale, catalog, cause: raw }
  return facts.code === 'unauthorized'
    ? new UnauthorizedError(message, given)
    : new AppError({ ...given, message })
}

/**
 * The facts about the error, or about the first of its causes that is recognised. That the network failed or a request was
 * aborted are the least exact of all facts, so a recognised cause of them, such as an expired certificate or a time-out,
 * counts more. That an error on the way says "not retryable" counts in any case.
 */
function recogniseAny(raw: unknown, recognise: Recognise, now: () => number): ErrorFacts {
  let vague: ErrorFacts | undefined
  let isFinal = false
  const queue = [raw]
  for (let index = 0; index < Math.min(queue.length, maxErrors); index++) {
    const error = queue[index]
    if (error == null) continue
    if (isAppError(error)) return { ...error, userMessage: hasOwnText(error) ? error.userMessage : undefined }
    // Ours, the AI SDK's, and that of kafkajs.
    isFinal ||= ['retryable', 'isRetryable', 'retriable'].some((field) => read(error, field) === false)
    const facts = recognise(error, now)
    if (facts && facts.code !== 'network' && facts.code !== 'cancelled') {
      vague = facts
      break
    }
    vague ??= facts
    queue.push(...causesOf(error))
  }
  return isFinal ? { ...vague, retryable: false } : (vague ?? {})
}

// A SuppressedError's both; those of GraphQL clients, of ORMs and of the AI SDK.
const causeFields = [
  'cause',
  'error',
  'suppressed',
  'networkError',
  'originalError',
  'original',
  'driverError',
  'lastError',
]

/** The errors that an error names as its causes, in the order of its fields. */
function causesOf(error: unknown): unknown[] {
  const several = Array.isArray(error) ? error : read(error, 'errors')
  return [
    ...causeFields
      .map((field) => read(error, field))
      // A DOM ErrorEvent's is no failure of ours.
      .filter((cause) => cause != null && !(read(error, 'type') === 'error' && isError(cause))),
    // An AggregateError's.
    ...(Array.isArray(several) ? several.slice(0, maxErrors) : []),
  ]
}

const inLanguage = (error: AppError, language: Language): AppError =>
  hasOwnText(error) || (language.locale ?? language.catalog) === undefined
    ? error
    : copyError(error, { userMessage: errorText(error.code, error.category, language) })
