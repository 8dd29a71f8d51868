import { AppError } from '../errors/app-error.js'
import type { ChatRequests } from '../protocol/chat-requests.js'
import type { DecodedEvent } from '../protocol/decode.js'
import type { Position } from '../protocol/events.js'
import type { RetryConfig } from '../recovery/backoff.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import { envelopeOf, isAhead } from './log-event.js'
import { type LogListener, LogReplica, type LogReplicaOptions } from './log-replica.js'
import type { LogState } from './log-state.js'
import type { GivenPage, OlderPage } from './older-page.js'

export interface LogSynchronizerListener extends LogListener {
  /** Joining was given up. */
  failed(error: AppError): void
}

export interface LogSynchronizerOptions extends LogReplicaOptions {
  readonly listener: LogSynchronizerListener
  readonly server: ChatRequests
  readonly manager: ErrorRecoveryManager
  /** How joins that fail, or bring nothing new, back off. */
  readonly backoff: RetryConfig
  /** The number of the connection that is up; null while none is. */
  readonly connectionId: () => number | null
}

/**
 * Follows one conversation's log and asks the server for what is missing. It never guesses: whatever doesn't follow what
 * is held leads to a join, and the answer decides.
 */
export class LogSynchronizer {
  readonly #options: LogSynchronizerOptions
  readonly #replica: LogReplica
  #joinedIn = 0
  #joining: AbortController | null = null
  #joinError: AppError | null = null
  #again = false
  /** Joins in a row that pushes had given a reason for, and that brought nothing new. */
  #joinsWithoutProgress = 0
  #joinsRequested = 0
  #lastCompletedJoin = 0
  #lastHeard = 0
  /** Of the last push since the server was asked. */
  #pushedEpoch: string | null = null

  constructor(options: LogSynchronizerOptions) {
    this.#options = options
    this.#replica = new LogReplica(options)
  }

  get log(): LogState {
    return this.#replica.state
  }

  get cursor(): Position | null {
    return this.#replica.cursor
  }

  /** Why joining was given up; cleared by the next {@link sync}. */
  get joinError(): AppError | null {
    return this.#joinError
  }

  /** When something of this conversation last arrived, in milliseconds since the Unix epoch. */
  get lastHeard(): number {
    return this.#lastHeard
  }

  /** How many joins were asked for so far. */
  get joinsRequested(): number {
    return this.#joinsRequested
  }

  /** The number of the last join whose answer is whole: what was stored before it was asked for is held. */
  get lastCompletedJoin(): number {
    return this.#lastCompletedJoin
  }

  /** Whether what is held is the server's log as far as it is known. @throws AppError when joining was given up. */
  isSynced(): boolean {
    if (this.#joinError) throw this.#joinError
    return this.#joinedIn === this.#options.connectionId() && this.#joining === null
  }

  /** Whether the reader is joined, or on its way to be, over the connection that is up. */
  get isFollowing(): boolean {
    return this.#joining !== null || (this.#joinError === null && this.isSynced())
  }

  receive(events: readonly DecodedEvent[]): void {
    this.#lastHeard = this.#options.clock.now()
    for (const event of events) {
      if (event.type === 'invalid') continue
      this.#pushedEpoch = envelopeOf(event).epoch
      const isAsking = this.#joining !== null
      const sequence = this.#replica.take(event, isAsking)
      if (sequence === 'next') this.#joinsWithoutProgress = 0
      // The answer that is on its way will be held against what came early.
      const isMissing = sequence === 'next' ? this.#replica.needsSnapshot : sequence !== 'seen'
      if (isMissing && !isAsking) this.#ask()
    }
  }

  /** Asks the server for what comes after the position held; a call while asking makes it ask once more. */
  sync(): void {
    this.#joinError = null
    this.#joinsWithoutProgress = 0
    this.#ask()
  }

  /** The connection is gone, or the conversation is left. */
  pause(): void {
    this.#joining?.abort()
    this.#joining = this.#joinError = null
    this.#joinedIn = 0
    this.#again = false
    this.#replica.dropOutOfOrder()
  }

  /** Nobody looks any more: what is held can be had again from the server. */
  reset(): void {
    this.pause()
    this.#replica.reset()
  }

  /** Nothing was heard for long of what is awaited: asks for what was missed, and for the whole where something was skipped. */
  inquire(): void {
    this.#replica.requireSnapshotIfSkipped()
    this.sync()
  }

  /** To be called before the page of history before that message is asked for. @returns null where nothing is held. */
  expectOlder(before: string): OlderPage | null {
    return this.#replica.expectOlder(before)
  }

  /** Takes the page. Where it is ahead of what is held, or of another log, what is held is behind the server. */
  giveOlder(page: OlderPage, given: GivenPage): void {
    this.#replica.giveOlder(page, given)
    if (page.end === null || given.at.epoch !== this.cursor?.epoch) this.#ask()
  }

  #ask(): void {
    if (this.#joinError || this.#options.connectionId() === null) return
    if (this.#joining) {
      this.#again = true
      return
    }
    const joining = new AbortController()
    this.#joining = joining
    void this.#join(joining)
  }

  async #join(joining: AbortController): Promise<void> {
    const { manager, conversationId, backoff, listener, logger, translate } = this.#options
    const connectionId = this.#options.connectionId()
    const from = this.cursor
    // No name that an app might give to an operation of its own.
    const name = JSON.stringify(['join', conversationId])
    try {
      await manager.executeWithRetry(name, ({ signal }) => this.#catchUp(signal), {
        ...backoff,
        failuresBefore: this.#joinsWithoutProgress,
        scope: 'join',
        budget: false,
        signal: joining.signal,
      })
      if (this.#joining !== joining) return
      this.#joinedIn = connectionId ?? 0
      this.#lastCompletedJoin = this.#joinsRequested
      if (!isAhead(this.cursor, from)) this.#joinsWithoutProgress++
    } catch (error) {
      if (this.#joining !== joining) return
      this.#joinError = translate(error)
      logger.warn('join_failed', { code: this.#joinError.code })
    }
    this.#joining = null
    if (this.#joinError) listener.failed(this.#joinError)
    listener.changed(null)
    if (this.#again) {
      this.#again = false
      this.#ask()
    }
  }

  /** One attempt to reach the log's end. Progress may take several answers; an answer without any is a failure. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    const { server, conversationId, listener, clock } = this.#options
    const held = this.#replica
    this.#again = false
    for (let logs = 0; ; ) {
      const from = held.cursor
      const after = held.needsSnapshot ? null : from
      this.#joinsRequested++
      this.#pushedEpoch = null
      const answer = await server.join({ conversation_id: conversationId, after })
      signal.throwIfAborted()
      this.#lastHeard = clock.now()
      listener.answered(answer)
      if (answer.skipped > 0) listener.skipped(answer.skipped)
      // What came meanwhile is of another log: of that one this answer may know nothing.
      if (this.#pushedEpoch !== null && this.#pushedEpoch !== answer.epoch) this.#again = true
      const overtaken = held.cursor !== from && held.cursor?.epoch === answer.epoch ? held.cursor.offset : 0
      if (held.adopt(answer, after, overtaken)) break
      if (held.cursor?.epoch !== from?.epoch) logs++
      // A server that goes to and fro between logs gets nowhere either.
      if (!isAhead(held.cursor, from) || logs > 1) {
        held.dropOutOfOrder()
        held.needsSnapshot = true
        throw noProgress()
      }
    }
    held.reportReplaced()
  }
}

const noProgress = () =>
  new AppError({
    code: 'interrupted',
    message: 'unable to catch up with the log; the server sent nothing new',
  })
