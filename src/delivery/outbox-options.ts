import type { AppError } from '../errors/app-error.js'
import type { ChatMessage, RetryState } from '../message/message.js'
import type { ChatRequests } from '../protocol/chat-requests.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import type { Clock } from '../shared/clock.js'
import type { Condition } from '../shared/condition.js'
import type { IntentStore } from '../storage/intent-store.js'
import type { ReadLog } from './task-in-log.js'

/** The conversation's log, as the outbox asks about it. */
export interface FollowedLog extends ReadLog {
  /** @throws AppError when the conversation can't be joined. */
  isSynced(): boolean
  sync(): void
}

/** What it takes to ask the server for something, and to see in the log what came of it. */
export interface DeliveryOptions {
  readonly conversationId: string
  readonly server: ChatRequests
  readonly log: FollowedLog
  /** Notified by the conversation when the log has changed, by the outbox when a task has. */
  readonly changes: Condition
}

export interface OutboxOptions extends DeliveryOptions {
  readonly manager: ErrorRecoveryManager
  readonly clock: Clock
  readonly translate: (error: unknown) => AppError
  readonly limits: {
    /** Milliseconds that an intent may wait to be accepted. */
    readonly maxAge: number
  }
  /** Null where nothing is to outlive the page. */
  readonly store: IntentStore | null
  readonly listener: OutboxListener
}

export interface OutboxListener {
  changed(): void
  retrying(retry: RetryState): void
  failed(error: AppError): void
  /** What had failed with this error is shown by the log to have arrived, and not to have failed. */
  onRecovered(error: AppError): void
  finished(answer: ChatMessage): void
}
