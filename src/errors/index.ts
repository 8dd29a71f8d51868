/**
 * `reconvene/errors`: recognises the errors of many libraries and masks the secrets of many providers. For pages and Node
 * apps alike; the functions of `reconvene` and `reconvene/recovery` know a smaller core, which every page can carry.
 *
 * @module
 */
export {
  AppError,
  type AppErrorOptions,
  type ErrorAction,
  ErrorCategory,
  type ErrorCode,
  isAppError,
  UnauthorizedError,
} from './app-error.js'
export { redact } from './redact.js'
export { type TranslateOptions, translateError } from './translate-error.js'
