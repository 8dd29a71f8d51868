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

/** The first items of a list; another value is none. */
const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, maxErrors) : [])

/** The errors that an error names as its causes, in the order of its fields. */
export type FindCauses = (error: unknown) => readonly unknown[]

export const causesOf: FindCauses = (error) => [
  read(error, 'cause'),
  // Several libraries keep the body's error here; but a DOM ErrorEvent is no failure of ours.
  read(error, 'type') !== 'error' && read(error, 'error'),
  // A SuppressedError's other error.
  read(error, 'suppressed'),
  // An AggregateError's.
  ...listIn(read(error, 'errors')),
]

export function createTranslate(recognise: Recognise, findCauses = causesOf): TranslateError {
  /**
   * The facts about the error, or about the first of its causes that is recognised. That the network failed or a request was
   * aborted are the least exact of all facts, so a recognised cause of them, such as an expired certificate or a time-out,
   * counts more. That an error on the way says "not retryable" counts in any case.
   */
  const factsOf = (raw: unknown, now: () => number): ErrorFacts => {
    let found: ErrorFacts | undefined
    let isFinal = false
    const queue = [raw]
    for (const error of queue) {
      if (isAppError(error))
        return { ...error, userMessage: hasOwnText(error) ? error.userMessage : undefined }
      // Ours, and the AI SDK's.
      isFinal ||= [read(error, 'retryable'), read(error, 'isRetryable')].includes(false)
      const facts = recognise(error, now)
      found ??= facts
      if (facts && !/^(network|cancelled)$/.test(`${facts.code}`)) {
        found = facts
        break
      }
      for (const cause of findCauses(error)) if (cause && queue.length < maxErrors) queue.push(cause)
    }
    return { ...found, ...(isFinal && { retryable: false }) }
  }

  return (raw, options = {}) => {
    try {
      if (isAppError(raw)) return inLanguage(raw, options)
      const { locale, catalog, now = Date.now } = options
      const given = { ...factsOf(raw, now), locale, catalog, cause: raw, message: messageOf(raw) }
      return given.code === 'unauthorized' ? new UnauthorizedError(given.message, given) : new AppError(given)
    } catch (cause) {
      return new AppError({ message: 'unable to read the error; it refuses access', cause })
    }
  }
}

function messageOf(raw: unknown): string {
  const text = typeof raw === 'string' ? raw : readString(raw, 'message', 'error')
  return text?.slice(0, maxMessage) || `unable to go on; ${raw === null ? raw : typeof raw} was thrown`
}

const inLanguage = (error: AppError, language: Language): AppError =>
  hasOwnText(error) || (language.locale ?? language.catalog) === undefined
    ? error
    : copyError(error, { userMessage: errorText(error.code, error.category, language) })
