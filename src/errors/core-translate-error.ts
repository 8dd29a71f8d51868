import { createTranslate } from './create-translate.js'
import { fromErrorEvent } from './error-event.js'
import { fromHttp } from './http-error.js'
import { fromName } from './named-error.js'

/**
 * Makes an {@link AppError} of anything that was thrown, rejected or sent. Never throws. An `AppError` comes back as it
 * is; with a `locale` or `catalog` its default text changes to that language, a text of its own stays. `userMessage`
 * holds nothing of the raw value; `message` and `cause` do.
 *
 * Recognises what a browser, `fetch` and Socket.IO throw and what backends send. The `translateError` of
 * `reconvene/errors` also knows the errors of many libraries, which not every page has to carry.
 */
export const translateError = createTranslate(
  (error, now) => fromErrorEvent(error) ?? fromHttp(error, now) ?? fromName(error),
)
