import type { OutboxListener } from '../delivery/outbox-options.js'
import type { AppError } from '../errors/app-error.js'
import type { ChatMessage, RetryState } from '../message/message.js'
import type { Clock, TimerId } from '../shared/clock.js'
import { Emitter } from '../shared/emitter.js'
import type { ConversationEvents, ConversationOwner, ConversationReports } from './conversation-context.js'
import type { Discontinuity } from './conversation-state.js'

/** Milliseconds between two events `discontinuity`: a server may send thousands of unreadable events a second. */
const pause = 1000

export interface ConversationAlertsOptions {
  readonly clock: Clock
  readonly owner: ConversationOwner
  /** The shown state has changed. */
  readonly onChange: () => void
  /** How many messages are shown. */
  readonly countShown: () => number
}

/** Events for the page, and the error and the discontinuity that the page shows. */
export class ConversationAlerts implements OutboxListener {
  readonly events = new Emitter<ConversationEvents>()
  readonly #options: ConversationAlertsOptions
  /** The error that the page shows. Only this class sets the field. */
  error: AppError | null = null
  discontinuity: Discontinuity | null = null
  /** Runs while no event `discontinuity` may follow the last one. */
  #pausing: TimerId | null = null
  #hasUntold = false

  constructor(options: ConversationAlertsOptions) {
    this.#options = options
  }

  clearError(): void {
    this.clear(this.discontinuity)
  }

  /** The error no longer holds. */
  onRecovered(error: AppError): void {
    if (this.error === error) this.clearError()
  }

  /** Takes the error off the screen, and the discontinuity unless that is to stay. */
  clear(discontinuity: Discontinuity | null = null): void {
    if (!this.error && this.discontinuity === discontinuity) return
    this.error = null
    this.discontinuity = discontinuity
    this.#options.onChange()
  }

  /** A task was given up, or joining was. A task that a person or the app ended has not failed. */
  onError(error: AppError): void {
    if (error.code !== 'cancelled' && error.code !== 'closed') this.refuse(error)
  }

  onRetry(retry: RetryState): void {
    this.#tell('retry', retry)
  }

  onFinish(answer: ChatMessage): void {
    this.events.emit('finish', answer)
  }

  /** An action was refused. */
  refuse(error: AppError): void {
    this.error = error
    this.#options.onChange()
    this.#tell('error', error)
  }

  /** The conversation is over. The client tells of its reason, once for all conversations, unless the app ended it. */
  end(reason: AppError): void {
    const isByApp = reason.code === 'closed'
    this.#options.clock.clearTimeout(this.#pausing)
    this.#pausing = null
    this.error = isByApp ? null : reason
    this.discontinuity = null
    this.#options.onChange()
    if (!isByApp) this.events.emit('error', reason)
  }

  /** So many more messages or events are missing. */
  reportDiscontinuity(reason: Discontinuity['reason'], count: number): void {
    const { onChange, countShown } = this.#options
    const before = this.discontinuity?.reason === reason ? this.discontinuity.count : 0
    // The snapshot that is counted may be older than the log.
    onChange()
    this.discontinuity = { reason, count: before + count, kept: countShown() }
    onChange()
    this.#hasUntold = true
    if (this.#pausing === null) this.#tellDiscontinuity()
  }

  #tellDiscontinuity = (): void => {
    this.#pausing = null
    if (!this.#hasUntold || !this.discontinuity) return
    this.#hasUntold = false
    this.#pausing = this.#options.clock.setTimeout(this.#tellDiscontinuity, pause)
    this.#tell('discontinuity', this.discontinuity)
  }

  /** Tells those who listen to the conversation, and those who listen to the client. */
  #tell<Name extends keyof ConversationReports>(event: Name, payload: ConversationReports[Name]): void {
    this.events.emit(event, payload as ConversationEvents[Name])
    this.#options.owner.report(event, payload)
  }
}
