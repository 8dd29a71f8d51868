import type { AppError } from '../errors/app-error.js'
import type { Env } from '../errors/env.js'
import type { ChatMessage, RetryState } from '../message/message.js'
import type { ChatRequests } from '../protocol/chat-requests.js'
import type { RetryConfig } from '../recovery/backoff.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import type { Schedule } from '../shared/schedule.js'
import type { IntentStore } from '../storage/intent-store.js'
import type { Discontinuity } from './conversation-state.js'

export interface ConversationEvents {
  /**
   * The log has a message that is new since this page first had the log: a person's that was accepted, this client's own
   * included, or an answer that has begun. Each is told once, also those that a page finds when it returns after a long
   * absence. History is never told: neither what stood in the log before, nor what `loadOlder()` brings.
   */
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

/** All that a conversation needs of its client. */
export interface ConversationContext {
  readonly env: Env
  readonly server: ChatRequests
  readonly manager: ErrorRecoveryManager
  /** Stores this conversation's intents, so that they outlive the page; null if nothing does. */
  readonly store: IntentStore | null
  readonly schedule: Schedule
  readonly reconnect: RetryConfig
  /** Milliseconds that an accepted task may be silent before the server is asked. */
  readonly idle: number
  readonly limits: {
    readonly maxQueued: number
    readonly maxMessageBytes: number
    readonly maxAge: number
    readonly maxAnswerBytes: number
  }
  /** Number of the connection that is up; null while none is. */
  readonly connectionId: () => number | null
  /** Bytes of one packet that the server takes; undefined if it has not said so. */
  readonly maxPayload: () => number | undefined
  readonly owner: ConversationOwner
}

/** The client, as a conversation tells it of changes. */
export interface ConversationOwner {
  /** A connection is wanted: `atOnce` if a person acts, otherwise because the conversation is shown. */
  onWanted(atOnce: boolean): void
  /** Keeps the conversation from being forgotten while a listener is there. @returns the undo. */
  retain(conversation: object): () => void
  /** The conversation is shown or something is under way; or neither any more. */
  onInterest(isInteresting: boolean): void
  /** How many messages of all conversations wait to be accepted. */
  queued(): number
  /** So many more, or fewer, messages wait to be accepted. */
  onQueue(more: number): void
  /** Tells the whole page what happened here. */
  report<Name extends keyof ConversationReports>(event: Name, payload: ConversationReports[Name]): void
}
