import { createTranslate } from './create-translate.js'
import { fromErrorEvent } from './error-event.js'
import { causesInLibraries, fromLibrary } from './library-error.js'
import { fromValidation } from './validation-error.js'

export type { TranslateOptions } from './create-translate.js'

/**
 * Makes an {@link AppError} of anything that was thrown, rejected or sent. Never throws. An `AppError` comes back as it
 * is; with a `locale` or `catalog` its default text changes to that language, a text of its own stays. `userMessage`
 * holds nothing of the raw value; `message` and `cause` do.
 *
 * Recognises the errors of the libraries in `library-shapes.ts`, and obeys `Retry-After` and the rate limits' headers.
 */
export const translateError = createTranslate(
  (error, now) => fromErrorEvent(error) ?? fromValidation(error) ?? fromLibrary(error, now),
  causesInLibraries,
)
