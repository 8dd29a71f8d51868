import { AppError, isAppError } from '../errors/app-error.js'
import type { Env } from '../errors/env.js'
import type { ChatRequests } from '../protocol/chat-requests.js'
import type { DecodedEvent } from '../protocol/decode.js'
import type { HistoryAnswer, Position } from '../protocol/events.js'
import type { RetryConfig } from '../recovery/backoff.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import { envelopeOf, isAhead } from './log-event.js'
import { type LogListener, LogReplica } from './log-replica.js'
import type { LogState } from './log-state.js'
import type { OlderPage } from './older-page.js'

export interface LogSynchronizerListener extends LogListener {
  /** Joining was given up; or it goes on, but with little hope: the server may speak another protocol. */
  onError(error: AppError): void
}

export interface LogSynchronizerOptions {
  readonly conversationId: string
  readonly env: Env
  readonly listener: LogSynchronizerListener
  readonly server: ChatRequests
  readonly manager: ErrorRecoveryManager
  /** Bytes of memory that one message of the log may take. */
  readonly maxMessageBytes: number
  /** How joins that fail, or bring nothing new, back off. */
  readonly backoff: RetryConfig
  /** The number of the connection that is up; null while none is. */
  readonly connectionId: () => number | null
}

// Answers that one attempt to reach the log's end may take. A server needs one or two.
const maxRounds = 10

// After so many joins or attempts in a row without progress, between which the wait grows, joining is given up.
const maxFruitless = 10

// Milliseconds after a join was asked for in which the next one is in a row with it. After ten in a row the next ones wait, also if
// each brings something new or the app asks: a server, or an app that asks at each refusal, could make a client ask without a pause.
const rowInterval = 1000

type SyncState =
  /** Nothing was asked yet over the connection that is up, or there is none. */
  | { readonly status: 'idle' }
  | Joining
  /** The log held here is the server's, as far as is known over that connection. */
  | { readonly status: 'synced'; readonly connectionId: number | null }
  /** Joining was given up. */
  | { readonly status: 'failed'; readonly error: AppError }

/** The server is being asked for whatever comes after the position held here. */
interface Joining {
  readonly status: 'joining'
  readonly ended: AbortController
  /** Something happened that the answer may not know, so the server must be asked once more. */
  isOutdated: boolean
}

/**
 * Follows one conversation's log and asks the server for whatever is missing. It never guesses: an event that does not
 * follow the log held here leads to a join, and the answer decides.
 */
export class LogSynchronizer {
  // Read by others, and written here alone.
  /** How many joins were asked for so far. */
  joinsRequested = 0
  /** The number of the last join whose answer was complete: everything stored before that join was asked for is held here. */
  lastCompletedJoin = 0
  /** When this conversation last received anything, in milliseconds since the Unix epoch. */
  lastHeard = 0
  /** Whether the server has said what there is. */
  isLoaded = false
  readonly #options: LogSynchronizerOptions
  readonly #replica: LogReplica
  #state: SyncState = { status: 'idle' }
  /** Joins and attempts to join in a row that had to bring something new, and did not. */
  #joinsWithoutProgress = 0
  /** Joins in a row, each right after the one before: faster than a person acts. */
  #joinsInARow = 0
  #lastJoinAt = -Infinity
  /** Whether the listener was told that the server may speak another protocol, since the server answered last. */
  #isUnsupportedReported = false
  /** Of the last push since the server was asked. */
  #pushedEpoch: string | null = null

  constructor(options: LogSynchronizerOptions) {
    this.#options = options
    const { conversationId, env, listener, maxMessageBytes } = options
    this.#replica = new LogReplica({ conversationId, env, listener, maxMessageBytes })
  }

  get log(): LogState {
    return this.#replica.state
  }

  get cursor(): Position | null {
    return this.#replica.cursor
  }

  /** Why joining was given up; null again after the next {@link sync}. */
  get joinError(): AppError | null {
    return this.#state.status === 'failed' ? this.#state.error : null
  }

  /** Whether the log held here is the server's, as far as is known. @throws AppError if joining was given up. */
  isSynced(): boolean {
    if (this.#state.status === 'failed') throw this.#state.error
    return this.#state.status === 'synced' && this.#state.connectionId === this.#options.connectionId()
  }

  /** Whether the conversation is joined, or about to be, over the connection that is up. */
  get isFollowing(): boolean {
    const { status } = this.#state
    return status === 'joining' || (status === 'synced' && this.isSynced())
  }

  receive(events: readonly DecodedEvent[]): void {
    this.lastHeard = this.#options.env.clock.now()
    for (const event of events) {
      if (event.type === 'invalid') continue
      this.#pushedEpoch = envelopeOf(event).epoch
      const isAsking = this.#state.status === 'joining'
      const sequence = this.#replica.take(event, isAsking)
      if (sequence === 'next') this.#madeProgress()
      // A join's answer is checked against the events that came early.
      const isMissing = sequence === 'next' ? this.#replica.needsSnapshot : sequence !== 'seen'
      if (isMissing && !isAsking) this.#ask()
    }
  }

  /** Asks the server for an event of another log, or after a gap. If such joins bring nothing new, they become rare and end. */
  catchUp(): void {
    this.#ask()
  }

  /**
   * Asks the server for whatever comes after the position held here, because a person acts or the connection is in doubt:
   * earlier failures no longer count. A call during a join leads to one more join.
   */
  sync(): void {
    if (this.#state.status === 'failed') this.#state = { status: 'idle' }
    this.#joinsWithoutProgress = 0
    this.#ask()
  }

  /** The connection is gone, or the conversation is left. */
  pause(): void {
    if (this.#state.status === 'joining') this.#state.ended.abort()
    this.#state = { status: 'idle' }
    this.#replica.dropOutOfOrder()
  }

  /** The conversation is no longer shown. The server can give the log again. */
  reset(): void {
    this.pause()
    this.isLoaded = false
    this.#replica.reset()
  }

  /** A task was silent for long: asks for whatever was missed, and for a snapshot if an event was skipped. */
  inquire(): void {
    this.#replica.requireSnapshotIfSkipped()
    this.sync()
  }

  /** To be called before the page of history before that message is asked for. @returns null if no log is held. */
  expectOlder(before: string): OlderPage | null {
    return this.#replica.expectOlder(before)
  }

  /** Takes the page. If the page is ahead of the log held here, or of another log, the server is asked for the rest. */
  giveOlder(page: OlderPage, given: HistoryAnswer): void {
    this.#replica.giveOlder(page, given)
    if (page.end === null || given.epoch !== this.cursor?.epoch) this.#ask()
  }

  #ask(): void {
    const { status } = this.#state
    const connectionId = this.#options.connectionId()
    if (status === 'failed' || connectionId === null) return
    if (status === 'joining') {
      this.#state.isOutdated = true
      return
    }
    const joining: Joining = { status: 'joining', ended: new AbortController(), isOutdated: false }
    this.#state = joining
    void this.#join(joining, connectionId)
  }

  async #join(joining: Joining, connectionId: number): Promise<void> {
    const { listener, env } = this.#options
    const from = this.cursor
    const isInARow = Math.abs(env.clock.now() - this.#lastJoinAt) < rowInterval
    this.#joinsInARow = isInARow ? this.#joinsInARow + 1 : 0
    let next: SyncState
    try {
      await this.#catchUpWithRetry(joining)
      if (this.#state !== joining) return
      // A log of another epoch is no progress: a server could answer each join with a new one.
      const hasProgress = from === null || (this.cursor?.epoch === from.epoch && isAhead(this.cursor, from))
      if (!hasProgress) this.#countFruitless()
      next = { status: 'synced', connectionId }
      this.lastCompletedJoin = this.joinsRequested
    } catch (error) {
      if (this.#state !== joining) return
      next = { status: 'failed', error: env.translate(error) }
      env.logger.warn('join_failed', { code: next.error.code })
    }
    this.#state = next
    if (next.status === 'failed') listener.onError(next.error)
    listener.onChange(null)
    // A listener may have asked already.
    if (joining.isOutdated && this.#state === next) this.#ask()
  }

  #catchUpWithRetry(joining: Joining): Promise<void> {
    const { manager, conversationId, backoff } = this.#options
    // An app can't give this name to an operation of its own by chance.
    const name = JSON.stringify(['join', conversationId])
    return manager.executeWithRetry(name, ({ signal }) => this.#catchUp(joining, signal), {
      ...backoff,
      failuresBefore: Math.max(this.#joinsWithoutProgress, this.#joinsInARow - maxFruitless),
      scope: 'join',
      budget: false,
      signal: joining.ended.signal,
    })
  }

  /** An event that follows shows that the server makes sense again. */
  #madeProgress(): void {
    if (this.#state.status === 'failed' && this.#joinsWithoutProgress > maxFruitless) this.sync()
    this.#joinsWithoutProgress = 0
  }

  /** @throws AppError if the server has brought nothing new too often. */
  #countFruitless(): void {
    if (++this.#joinsWithoutProgress > maxFruitless) throw noProgress(false)
  }

  #unanswered = (error: unknown): never => {
    if (isAppError(error) && error.code === 'unsupported_protocol' && !this.#isUnsupportedReported) {
      this.#isUnsupportedReported = true
      this.#options.listener.onError(this.#options.env.translate(error))
    }
    throw error
  }

  /** One attempt to reach the log's end. Progress may take several answers; an answer without any is a failure. */
  async #catchUp(joining: Joining, signal: AbortSignal): Promise<void> {
    const { server, conversationId, listener, env } = this.#options
    const held = this.#replica
    joining.isOutdated = false
    for (let round = 1, logs = 0; ; round++) {
      const from = held.cursor
      const after = held.needsSnapshot ? null : from
      this.joinsRequested++
      this.#lastJoinAt = env.clock.now()
      this.#pushedEpoch = null
      const answer = await server
        .join({ conversation_id: conversationId, after }, () => !signal.aborted)
        .catch(this.#unanswered)
      signal.throwIfAborted()
      this.lastHeard = env.clock.now()
      this.isLoaded = true
      this.#isUnsupportedReported = false
      listener.onAnswer(answer)
      if (answer.skipped > 0) listener.onSkipped(answer.skipped)
      // An event of another epoch arrived while we waited, so this answer may be out of date. Join again.
      if (this.#pushedEpoch !== null && this.#pushedEpoch !== answer.epoch) joining.isOutdated = true
      const pushedOffset =
        held.cursor !== from && held.cursor?.epoch === answer.epoch ? held.cursor.offset : 0
      if (held.adopt(answer, after, pushedOffset)) break
      if (held.cursor?.epoch !== from?.epoch) logs++
      // A server that alternates between two logs gets nowhere either.
      const isStuck = !isAhead(held.cursor, from) || logs > 1
      if (isStuck) held.giveUpGap()
      if (isStuck || round === maxRounds) {
        this.#countFruitless()
        throw noProgress(true)
      }
    }
    held.reportReplaced()
  }
}

const noProgress = (retryable: boolean) =>
  new AppError({
    code: 'interrupted',
    retryable,
    message: 'unable to join; the answers lead nowhere',
  })
