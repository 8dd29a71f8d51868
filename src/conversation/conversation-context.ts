import type { AppError } from '../errors/app-error.js'
import type { ChatMessage, RetryState } from '../message/message.js'
import type { ChatRequests } from '../protocol/chat-requests.js'
import type { RetryConfig } from '../recovery/backoff.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import type { Clock } from '../shared/clock.js'
import type { Logger } from '../shared/logger.js'
import type { Schedule } from '../shared/schedule.js'
import type { IntentStore } from '../storage/intent-store.js'
import type { Discontinuity } from './conversation-state.js'

export interface ConversationEvents {
  /** The log has a new message: a person's that was accepted, or an answer that has begun. */
  message: ChatMessage
  /** An answer to this client's task is over, complete or stopped. */
  finish: ChatMessage
  /** A task of this client was given up. */
  error: AppError
  /** A task of this client waits for its next attempt. */
  retry: RetryState
  /** Something that was shown is gone, or something was skipped. */
  discontinuity: Discontinuity
}

/** The events that the client tells too. */
export type ConversationReports = Pick<ConversationEvents, 'error' | 'retry' | 'discontinuity'>

/** What the client gives each of its conversations. */
export interface ConversationContext {
  readonly server: ChatRequests
  readonly manager: ErrorRecoveryManager
  /** Where this conversation's intents outlive the page; null where nothing does. */
  readonly store: IntentStore | null
  readonly clock: Clock
  readonly logger: Logger
  readonly schedule: Schedule
  readonly translate: (error: unknown) => AppError
  readonly reconnect: RetryConfig
  /** Milliseconds that an accepted task may be silent before it is asked after. */
  readonly idle: number
  readonly limits: {
    readonly maxQueued: number
    readonly maxMessageBytes: number
    readonly maxAge: number
  }
  /** Number of the connection that is up; null while none is. */
  readonly connectionId: () => number | null
  /** A connection is wanted: `atOnce` by a person who acts, else because somebody looks. */
  readonly wanted: (atOnce: boolean) => void
  /** Keeps the conversation from being forgotten while somebody listens to it. @returns the undo. */
  readonly retain: (conversation: object) => () => void
  /** Nobody looks any more and nothing is under way, or the contrary. */
  readonly interestChanged: (interested: boolean) => void
  /** So many more, or fewer, messages wait to be accepted. */
  readonly queueChanged: (more: number) => void
  /** Tells the whole page of what happened here. */
  readonly report: <Name extends keyof ConversationReports>(
    event: Name,
    payload: ConversationReports[Name],
  ) => void
}
