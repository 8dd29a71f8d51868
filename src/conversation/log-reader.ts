import type { ChatServer } from '../delivery/chat-server.js'
import { AppError } from '../errors/app-error.js'
import { type DecodedEvent, decodeEvent } from '../protocol/decode.js'
import type { ChatEvent, JoinAnswer, Position } from '../protocol/events.js'
import type { RetryConfig } from '../recovery/backoff.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import type { Clock } from '../shared/clock.js'
import type { Logger } from '../shared/logger.js'
import { reduce } from './conversation-reducer.js'
import { envelopeOf, isAhead, type Placed, placeEvent } from './event-cursor.js'
import { bearingOf } from './join-answer.js'
import { emptyLog, keepOlder, type LogState, logFromSnapshot } from './log-state.js'
import type { Translate } from './wire-message.js'

export interface LogReaderOptions {
  readonly conversationId: string
  readonly server: ChatServer
  readonly manager: ErrorRecoveryManager
  /** How joins that fail, or bring nothing new, back off. */
  readonly backoff: RetryConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly translate: Translate
  /** The session of the connection that is up; null while none is. */
  readonly session: () => number | null
  readonly listener: LogListener
}

export interface LogListener {
  /** `event` is what was applied; null after a snapshot, a join or a failure to join. */
  changed(event: ChatEvent | null): void
  /** Another log, or a later state of it, took the place of `before`, and no event says why. */
  replaced(before: LogState): void
  /** So many events of a known type, or messages of an answer, could not be understood. */
  skipped(count: number): void
  answered(answer: JoinAnswer): void
}

// Pushes that overtake the answer to a join wait here; more than this and the log itself is asked again.
const mostEarly = 1000

/**
 * Follows one conversation's log: applies events in offset order, each once, and asks the server for what is missing.
 * It never guesses: whatever doesn't follow what is held leads to a join, and the answer decides.
 */
export class LogReader {
  readonly #options: LogReaderOptions
  #log: LogState = emptyLog
  #cursor: Position | null = null
  #joinedIn = 0
  #joining: AbortController | null = null
  #joinError: AppError | null = null
  #early: Placed[] = []
  /** The next join asks for the whole, since the position held is of no use. */
  #afresh = false
  #again = false
  /** Joins in a row that pushes had given a reason for, and that brought nothing new. */
  #fruitless = 0
  #asked = 0
  #confirmed = 0
  /** What was held before an answer that is not complete yet took its place. */
  #replaced: LogState | null = null
  #lastHeard = 0

  constructor(options: LogReaderOptions) {
    this.#options = options
  }

  get log(): LogState {
    return this.#log
  }

  get cursor(): Position | null {
    return this.#cursor
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
  get asked(): number {
    return this.#asked
  }

  /** The number of the last join whose answer is whole: what was stored before it was asked for is held. */
  get confirmed(): number {
    return this.#confirmed
  }

  /** Whether what is held is the server's log as far as it is known. @throws AppError when joining was given up. */
  isSynced(): boolean {
    if (this.#joinError) throw this.#joinError
    return this.#joinedIn === this.#options.session() && this.#joining === null
  }

  /** Whether the reader is joined, or on its way to be, over the connection that is up. */
  get isFollowing(): boolean {
    return this.#joining !== null || (this.#joinError === null && this.isSynced())
  }

  receive(events: readonly DecodedEvent[]): void {
    this.#lastHeard = this.#options.clock.now()
    for (const event of events) if (event.type !== 'invalid') this.#place(event)
  }

  /** Asks the server for what comes after the position held; a call while asking makes it ask once more. */
  sync(): void {
    this.#joinError = null
    this.#fruitless = 0
    this.#ask()
  }

  /** The connection is gone, or the conversation is left. */
  pause(): void {
    this.#joining?.abort(new Error('unable to join; the connection is gone'))
    this.#joining = null
    this.#joinError = null
    this.#joinedIn = 0
    this.#again = false
    this.#early = []
  }

  /** Nobody looks any more: what is held can be had again from the server. */
  reset(): void {
    this.pause()
    this.#log = emptyLog
    this.#cursor = null
    this.#afresh = false
    this.#replaced = null
  }

  /** Puts an older page of history before what is held. */
  prepend(prepended: LogState): void {
    this.#log = prepended
    this.#options.listener.changed(null)
  }

  #ask(): void {
    if (this.#joinError || this.#options.session() === null) return
    if (this.#joining) {
      this.#again = true
      return
    }
    const joining = new AbortController()
    this.#joining = joining
    void this.#join(joining)
  }

  #place(event: Placed): void {
    const placement = placeEvent(this.#cursor, envelopeOf(event))
    if (placement === 'next') {
      this.#apply(event)
    } else if (placement !== 'seen') {
      if (this.#early.length < mostEarly) this.#early.push(event)
      // The answer that is on its way will be held against what came early; of another log it may know nothing.
      if (!this.#joining || (placement === 'other-epoch' && this.#cursor)) this.#ask()
    }
  }

  #apply(event: Placed): void {
    const { epoch, offset } = envelopeOf(event)
    this.#cursor = { epoch, offset }
    this.#fruitless = 0
    const { translate, clock, logger, listener } = this.#options
    if (event.type === 'skip') {
      logger.warn('event_skipped', { type: event.known ? 'known' : 'unknown', field: event.field })
      if (event.known) listener.skipped(1)
      return
    }
    const reduced = reduce(this.#log, event, { translate, now: clock.now() })
    if (reduced === 'impossible') {
      logger.warn('event_impossible', { type: event.type })
      listener.skipped(1)
    } else if (reduced === 'unheld') {
      // What it removes is explained by it, so it is out of the picture that the answer is compared with.
      this.#replaced = emptyLog
      this.#afresh = true
      this.#ask()
    } else if (reduced !== this.#log) {
      this.#log = reduced
      listener.changed(event)
    }
  }

  async #join(joining: AbortController): Promise<void> {
    const { manager, conversationId, backoff, listener, logger } = this.#options
    const session = this.#options.session()
    const from = this.#cursor
    try {
      await manager.executeWithRetry(`join:${conversationId}`, ({ signal }) => this.#catchUp(signal), {
        ...backoff,
        failuresBefore: this.#fruitless,
        scope: 'join',
        budget: false,
        signal: joining.signal,
      })
      if (this.#joining !== joining) return
      this.#joinedIn = session ?? 0
      this.#confirmed = this.#asked
      if (!isAhead(this.#cursor, from)) this.#fruitless++
    } catch (error) {
      if (this.#joining !== joining) return
      this.#joinError = error instanceof AppError ? error : this.#options.translate(error)
      logger.warn('join_failed', { code: this.#joinError.code })
    }
    this.#joining = null
    listener.changed(null)
    if (this.#again) {
      this.#again = false
      this.#ask()
    }
  }

  /** One attempt to reach the log's end. Progress may take several answers; an answer without any is a failure. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    const { server, conversationId, listener, clock } = this.#options
    this.#again = false
    let logs = 0
    for (;;) {
      const from = this.#cursor
      const after = this.#afresh ? null : from
      this.#asked++
      const answer = await server.join({ conversation_id: conversationId, after })
      signal.throwIfAborted()
      this.#lastHeard = clock.now()
      listener.answered(answer)
      if (answer.skipped > 0) listener.skipped(answer.skipped)
      const overtaken =
        this.#cursor !== from && this.#cursor?.epoch === answer.epoch ? this.#cursor.offset : 0
      this.#adopt(answer, after, overtaken)
      if (this.#hasReached(answer.epoch, Math.max(answer.offset, overtaken))) break
      if (this.#cursor?.epoch !== from?.epoch) logs++
      // A server that goes to and fro between logs gets nowhere either.
      if (!isAhead(this.#cursor, from) || logs > 1) {
        this.#early = []
        this.#afresh = true
        throw noProgress()
      }
    }
    const before = this.#replaced
    this.#replaced = null
    if (before) listener.replaced(before)
  }

  #hasReached(epoch: string, offset: number): boolean {
    const { epoch: held, offset: reached = 0 } = this.#cursor ?? {}
    return held === epoch && reached >= offset && !this.#afresh && this.#early.length === 0
  }

  #adopt(answer: JoinAnswer, asked: Position | null, overtaken: number): void {
    const { snapshot, epoch, events } = answer
    const bearing = bearingOf(answer, asked, overtaken)
    if (bearing === 'useless') this.#afresh = true
    if (bearing === 'snapshot' || bearing === 'begins') {
      const isSameLog = this.#cursor?.epoch === epoch
      this.#replaced ??= this.#log
      this.#afresh = false
      this.#cursor = { epoch, offset: snapshot?.offset ?? 0 }
      const next = snapshot ? logFromSnapshot(snapshot, this.#log, this.#options.translate) : emptyLog
      this.#log = isSameLog ? keepOlder(next, this.#log) : next
    }
    for (const event of events) this.#placeHeld(decodeEvent(event))
    const early = this.#early.sort((a, b) => envelopeOf(a).offset - envelopeOf(b).offset)
    this.#early = []
    for (const event of early) this.#placeHeld(event)
    this.#options.listener.changed(null)
  }

  #placeHeld(event: DecodedEvent): void {
    if (event.type === 'invalid') {
      this.#options.logger.warn('event_invalid', { field: event.field })
      return
    }
    const envelope = envelopeOf(event)
    if (envelope.conversation_id !== this.#options.conversationId) return
    const placement = placeEvent(this.#cursor, envelope)
    if (placement === 'next') this.#apply(event)
    // The answer has just named the epoch; what is of another one is of a log that is no more.
    else if (placement === 'gap') this.#early.push(event)
  }
}

const noProgress = () =>
  new AppError({
    code: 'interrupted',
    message: 'unable to catch up with the log; the server sent nothing new',
  })
