import { AppError, hasOwnText, isAppError, UnauthorizedError } from './app-error.js'
import { fromErrorEvent } from './error-event.js'
import type { ErrorFacts } from './error-facts.js'
import { errorText, type Language } from './error-text.js'
import { fromHttp } from './http-error.js'
import { fromName } from './named-error.js'
import { read, readString } from './read.js'
import { fromValidation } from './validation-error.js'

export interface TranslateOptions extends Language {
  /** Milliseconds since the Unix epoch, against which an HTTP date in `Retry-After` is held. @default Date.now */
  now?: (() => number) | undefined
}

const maxCauses = 5
const maxMessage = 2000

/**
 * Makes an {@link AppError} of anything that was thrown, rejected or sent. Never throws. An `AppError` comes back as it
 * is; with a `locale` or `catalog` its default text changes to that language, a text of its own stays. `userMessage`
 * holds nothing of the raw value; `message` and `cause` do.
 */
export function translateError(raw: unknown, options: TranslateOptions = {}): AppError {
  try {
    return isAppError(raw) ? inLanguage(raw, options) : fromRaw(raw, options)
  } catch (cause) {
    return new AppError({ message: 'unable to read the error; it refuses access', cause })
  }
}

function fromRaw(raw: unknown, { locale, catalog, now = Date.now }: TranslateOptions): AppError {
  const facts = recognise(raw, now)
  const text = typeof raw === 'string' ? raw : readString(raw, 'message', 'error')
  const message =
    text?.slice(0, maxMessage) || `unable to go on; ${raw === null ? raw : typeof raw} was thrown`
  const retryable = read(raw, 'retryable') === false ? false : facts.retryable
  const options = { ...facts, retryable, locale, catalog, cause: raw }
  return facts.code === 'unauthorized'
    ? new UnauthorizedError(message, options)
    : new AppError({ ...options, message })
}

/** The facts about the error, or about the first of its causes that is recognised. */
function recognise(raw: unknown, now: () => number): ErrorFacts {
  let error = raw
  for (let hop = 0; hop < maxCauses && error != null; hop++) {
    if (isAppError(error)) return { ...error, userMessage: hasOwnText(error) ? error.userMessage : undefined }
    const facts = fromErrorEvent(error) ?? fromValidation(error) ?? fromHttp(error, now) ?? fromName(error)
    if (facts) return facts
    error = read(error, 'cause') ?? read(read(error, 'errors'), 0)
  }
  return {}
}

function inLanguage(error: AppError, language: Language): AppError {
  if (hasOwnText(error) || (language.locale ?? language.catalog) === undefined) return error
  const { message, cause, stack, code, category } = error
  const copy = Object.assign(new AppError({ message, cause }), error, {
    userMessage: errorText(code, category, language),
    stack,
  })
  // A subclass keeps its class and fields, so that `instanceof` goes on working; all keep the place of the throw.
  return Object.setPrototypeOf(copy, Object.getPrototypeOf(error))
}
