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

/** The errors that an error names as its causes. */
export type FindCauses = (error: unknown) => readonly unknown[]

/** @param moreCauses finds the causes that stand where only some libraries put them. */
export const createTranslate =
  (recognise: Recognise, moreCauses: FindCauses = () => []): TranslateError =>
  (raw, options = {}) => {
    try {
      return isAppError(raw) ? inLanguage(raw, options) : fromRaw(raw, recognise, moreCauses, options)
    } catch (cause) {
      return new AppError({ message: 'unable to read the error; it refuses access', cause })
    }
  }

function fromRaw(
  raw: unknown,
  recognise: Recognise,
  moreCauses: FindCauses,
  options: TranslateOptions,
): AppError {
  const { locale, catalog, now = Date.now } = options
  const facts = recogniseAny(raw, (error) => recognise(error, now), moreCauses)
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
function recogniseAny(
  raw: unknown,
  recognise: (error: unknown) => ErrorFacts | undefined,
  moreCauses: FindCauses,
): ErrorFacts {
  let found: ErrorFacts | undefined
  let isFinal = false
  const queue = [raw]
  for (const error of queue) {
    if (isAppError(error)) return { ...error, userMessage: hasOwnText(error) ? error.userMessage : undefined }
    // Ours, and the AI SDK's.
    isFinal ||= read(error, 'retryable') === false || read(error, 'isRetryable') === false
    const facts = recognise(error)
    found ??= facts
    if (facts && !/^(network|cancelled)$/.test(`${facts.code}`)) {
      found = facts
      break
    }
    const causes = [...causesOf(error), ...moreCauses(error)].filter((cause) => cause != null)
    queue.push(...causes.slice(0, maxErrors - queue.length))
  }
  return { ...found, ...(isFinal && { retryable: false }) }
}

/** The causes, in the order of an error's fields. */
function causesOf(error: unknown): unknown[] {
  const several = read(error, 'errors')
  return [
    read(error, 'cause'),
    // Several libraries keep the body's error here; but a DOM ErrorEvent is no failure of ours.
    read(error, 'type') === 'error' ? undefined : read(error, 'error'),
    // A SuppressedError's other error.
    read(error, 'suppressed'),
    // An AggregateError's.
    ...(Array.isArray(several) ? several.slice(0, maxErrors) : []),
  ]
}

const inLanguage = (error: AppError, language: Language): AppError =>
  hasOwnText(error) || (language.locale ?? language.catalog) === undefined
    ? error
    : copyError(error, { userMessage: errorText(error.code, error.category, language) })
