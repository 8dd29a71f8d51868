import type { AppError } from '../errors/app-error.js'
import { onAbort } from '../shared/abort.js'
import { guarded } from '../shared/listeners.js'
import type { ExecuteOptions } from './execute-options.js'
import { cancelled } from './recovery.js'
import type { RetryTask } from './retry-task.js'

/** One call that waits for a task. Those who joined a running task are its further callers. */
export interface Caller {
  /** Says that the wait before a retry began. */
  retrying(retry: number, task: RetryTask): void
  resolve(value: unknown): void
  reject(error: AppError): void
  /** Rejects the call when its signal is aborted before it has settled, after a call of `leave`. */
  onAbort(leave: (error: AppError) => void): void
}

export function createCaller(
  { signal, onRetry, onError }: ExecuteOptions,
  resolve: (value: unknown) => void,
  reject: (error: AppError) => void,
  translate: (error: AppError) => AppError,
): Caller {
  let stopListening = () => {}
  const caller: Caller = {
    retrying: guarded((retry, task) => onRetry?.(retry, task)),
    resolve(value) {
      stopListening()
      resolve(value)
    },
    reject(reason) {
      const error = translate(reason)
      stopListening()
      guarded(() => onError?.(error))()
      reject(error)
    },
    onAbort(leave) {
      const abort = () => {
        const error = cancelled(signal?.reason)
        leave(error)
        caller.reject(error)
      }
      if (signal) stopListening = onAbort(signal, abort)
    },
  }
  return caller
}
