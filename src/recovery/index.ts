/**
 * `reconvene/recovery`: retries and friendly errors for any promise of an app, without a chat and without Socket.IO.
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
} from '../errors/app-error.js'
export { redact } from '../errors/core-redact.js'
export { translateError } from '../errors/core-translate-error.js'
export type { TranslateOptions } from '../errors/create-translate.js'
export { type Catalog, errorText, type Language } from '../errors/error-text.js'
export type { Clock, Random } from '../shared/clock.js'
export type { LogFields, Logger } from '../shared/logger.js'
export { backoff, type Jitter, type RetryConfig, type RetryOptions } from './backoff.js'
export { ErrorRecoveryManager, type ErrorRecoveryOptions } from './error-recovery-manager.js'
export type { AttemptContext, ExecuteOptions, OnError, OnRetry, Operation } from './execute-options.js'
export type { RetryBudgetConfig, RetryBudgetOptions } from './retry-budget.js'
export { isBusyRefusal, type RetryTask } from './retry-task.js'
