import type { AppError } from '../errors/app-error.js'
import type { Env } from '../errors/env.js'
import type { ChatMessage, RetryState } from '../message/message.js'
import type { ChatRequests } from '../protocol/chat-requests.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import type { Condition } from '../shared/wait.js'
import type { IntentStore } from '../storage/intent-store.js'
import type { ReadLog } from './task-in-log.js'

/** The conversation's log, and the way to bring it up to date. */
export interface FollowedLog extends ReadLog {
  /** @throws AppError if the conversation can't be joined. */
  isSynced(): boolean
  sync(): void
  /** Reads on, because the server has named a position of another log. */
  catchUp(): void
}

export interface OutboxOptions {
  readonly conversationId: string
  readonly env: Env
  readonly server: ChatRequests
  readonly log: FollowedLog
  /** The outbox notifies it after each change of a task, the conversation after each change of the log. */
  readonly changes: Condition
  readonly manager: ErrorRecoveryManager
  /** Milliseconds that an intent may wait to be accepted. */
  readonly maxAge: number
  /** Null if nothing outlives the page. */
  readonly store: IntentStore | null
  /** Aborted just before the outbox is closed. */
  readonly closed: AbortSignal
  /** Called after each change of a task. */
  readonly onChange: () => void
  readonly listener: OutboxListener
}

export interface OutboxListener {
  onRetry(retry: RetryState): void
  onError(error: AppError): void
  /** The log shows that the task which had failed with this error arrived, and did not fail. */
  onRecovered(error: AppError): void
  onFinish(answer: ChatMessage): void
}
