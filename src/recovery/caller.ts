import type { AppError } from '../errors/app-error.js'
import type { Logger } from '../shared/logger.js'
import type { ExecuteOptions } from './execute-options.js'
import type { RetryTask } from './retry-task.js'
import { safely } from './safely.js'

/** One call that waits for a task. Those who joined a running task are its further callers. */
export interface Caller {
  readonly signal: AbortSignal | undefined
  /** Says that the wait before a retry began. */
  retrying(retry: number, task: RetryTask): void
  resolve(value: unknown): void
  reject(error: AppError): void
  /** Calls `leave` when the call's signal is aborted before the call has settled. */
  onAbort(leave: () => void): void
}

export function createCaller(
  { signal, onRetry, onError }: ExecuteOptions,
  resolve: (value: unknown) => void,
  reject: (error: AppError) => void,
  logger: Logger,
): Caller {
  let stopListening = () => {}
  return {
    signal,
    retrying: (retry, task) => safely('onRetry', () => onRetry?.(retry, task), logger),
    resolve(value) {
      stopListening()
      resolve(value)
    },
    reject(error) {
      stopListening()
      safely('onError', () => onError?.(error), logger)
      reject(error)
    },
    onAbort(leave) {
      signal?.addEventListener('abort', leave, { once: true })
      stopListening = () => signal?.removeEventListener('abort', leave)
    },
  }
}
