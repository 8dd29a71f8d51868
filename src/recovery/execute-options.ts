import type { AppError } from '../errors/app-error.js'
import type { RetryConfig, RetryOptions } from './backoff.js'
import type { RetryTask } from './retry-task.js'

export interface AttemptContext {
  /** Counts from 1. */
  readonly attempt: number
  /** Aborted when the task is cancelled or the manager closed; fresh for each attempt. */
  readonly signal: AbortSignal
}

export type Operation<T> = (context: AttemptContext) => Promise<T> | T

/** Called when the wait before a retry begins, with 1 for the first wait, and with the task that waits. */
export type OnRetry = (attempt: number, task: RetryTask) => void

/** Called once, with the error that the promise then rejects with; cancelling is one. */
export type OnError = (error: AppError) => void

/** A {@link RetryConfig} field given here counts for this task alone. */
export interface ExecuteOptions extends RetryOptions {
  readonly onRetry?: OnRetry | undefined
  readonly onError?: OnError | undefined
  /** Aborting it ends this call's wait; the task itself ends when its last caller is gone. */
  readonly signal?: AbortSignal | undefined
  /** The name under which {@link ErrorRecoveryManager.pause} holds the task. @default 'task' */
  readonly scope?: string | undefined
  /** Whether retries of this task are paid from the retry budget. @default true */
  readonly budget?: boolean | undefined
  /**
   * Whether a failure that may be retried costs neither an attempt nor the retry budget: the task waits and tries again,
   * with a backoff that still grows. Asked after each failure. For refusals by a service that is busy and says when to come
   * back, as {@link isBusyRefusal} recognises them; the app that gives this option bounds how long it says yes.
   * @default () => false
   */
  readonly isDeferral?: ((error: AppError) => boolean) | undefined
  /**
   * Earlier failures that this call goes on from: its first try waits as the backoff says after that many. They do not
   * count as attempts of this call. @default 0
   */
  readonly failuresBefore?: number | undefined
  /**
   * The last of those failures: it stands in the retry queue, and the first try comes no sooner than its `retryAfterMs`. That it
   * speaks against a retry at all is for the caller to heed.
   */
  readonly lastError?: AppError | undefined
}

/** The work of one task, checked and complete. */
export interface Plan extends RetryConfig {
  readonly taskId: string
  readonly operation: Operation<unknown>
  readonly scope: string
  readonly budget: boolean
  readonly failuresBefore: number
  readonly isDeferral: (error: AppError) => boolean
  readonly lastError: AppError | undefined
}
