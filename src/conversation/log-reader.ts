import type { ChatServer } from '../delivery/chat-server.js'
import { AppError } from '../errors/app-error.js'
import { type DecodedEvent, decodeEvent, type SkippedEvent } from '../protocol/decode.js'
import type { ChatEvent, JoinAnswer, Position } from '../protocol/events.js'
import type { RetryConfig } from '../recovery/backoff.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import type { Clock } from '../shared/clock.js'
import type { Logger } from '../shared/logger.js'
import { reduce } from './conversation-reducer.js'
import { placeEvent } from './event-cursor.js'
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
  /** Another log, or a later state of it, took the place of `before`. */
  replaced(before: LogState): void
  /** So many events of a known type, or messages of an answer, could not be understood. */
  skipped(count: number): void
  answered(answer: JoinAnswer): void
}

type Placed = ChatEvent | SkippedEvent

const positionOf = (event: Placed): Position => (event.type === 'skip' ? event.envelope : event)

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

  /** Why joining was given up; cleared by the next attempt. */
  get joinError(): AppError | null {
    return this.#joinError
  }

  /** When something of this conversation last arrived, in milliseconds since the Unix epoch. */
  get lastHeard(): number {
    return this.#lastHeard
  }

  /** Whether what is held is the server's log as far as it is known, over the connection that is up. */
  get isCurrent(): boolean {
    return this.#joinedIn === this.#options.session() && this.#joining === null && this.#joinError === null
  }

  /** Whether the reader is joined, or on its way to be, over the connection that is up. */
  get isFollowing(): boolean {
    return this.#joining !== null || this.isCurrent
  }

  receive(events: readonly DecodedEvent[]): void {
    this.#lastHeard = this.#options.clock.now()
    for (const event of events) {
      if (event.type === 'invalid') this.#options.logger.warn('event_invalid', { field: event.field })
      else this.#place(event)
    }
  }

  /** Asks the server for what comes after the position held; a call while asking makes it ask once more. */
  sync(): void {
    this.#joinError = null
    if (this.#options.session() === null) return
    if (this.#joining) {
      this.#again = true
      return
    }
    const joining = new AbortController()
    this.#joining = joining
    void this.#join(joining)
  }

  /** The connection is gone, or the conversation is left. */
  pause(): void {
    this.#joining?.abort(new Error('unable to join; the connection is gone'))
    this.#joining = null
    this.#joinError = null
    this.#joinedIn = 0
    this.#early = []
  }

  /** Nobody looks any more: what is held can be had again from the server. */
  reset(): void {
    this.pause()
    this.#log = emptyLog
    this.#cursor = null
  }

  /** Puts an older page of history before what is held. */
  prepend(prepended: LogState): void {
    this.#log = prepended
    this.#options.listener.changed(null)
  }

  #place(event: Placed): void {
    const placement = placeEvent(this.#cursor, positionOf(event))
    if (placement === 'next') {
      this.#apply(event)
    } else if (placement !== 'seen') {
      if (this.#early.length < mostEarly) this.#early.push(event)
      this.sync()
    }
  }

  #apply(event: Placed): void {
    const { epoch, offset } = positionOf(event)
    this.#cursor = { epoch, offset }
    if (event.type === 'skip') {
      this.#options.logger.warn('event_skipped', {
        type: event.known ? 'known' : 'unknown',
        field: event.field,
      })
      if (event.known) this.#options.listener.skipped(1)
      return
    }
    const { translate, clock } = this.#options
    const reduced = reduce(this.#log, event, { translate, now: clock.now() })
    if (reduced === 'impossible') {
      this.#options.logger.warn('event_impossible', { type: event.type })
      this.#options.listener.skipped(1)
      return
    }
    if (reduced === 'unheld') {
      this.#afresh = true
      this.sync()
      return
    }
    if (reduced !== this.#log) {
      this.#log = reduced
      this.#options.listener.changed(event)
    }
  }

  async #join(joining: AbortController): Promise<void> {
    const { manager, conversationId, backoff, listener, logger } = this.#options
    const session = this.#options.session()
    try {
      await manager.executeWithRetry(`join:${conversationId}`, ({ signal }) => this.#catchUp(signal), {
        ...backoff,
        scope: 'join',
        budget: false,
        signal: joining.signal,
      })
      if (this.#joining !== joining) return
      this.#joinedIn = session ?? 0
    } catch (error) {
      if (this.#joining !== joining) return
      this.#joinError = error instanceof AppError ? error : this.#options.translate(error)
      logger.warn('join_failed', { code: this.#joinError.code })
    }
    this.#joining = null
    listener.changed(null)
    if (this.#again && !this.#joinError) {
      this.#again = false
      this.sync()
    }
  }

  /** One attempt to reach the log's end. Progress may take several answers; an answer without any is a failure. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    const { server, conversationId, listener, clock } = this.#options
    this.#again = false
    const before = this.#log
    let replaced = false
    for (;;) {
      const after: Position | null = this.#afresh ? null : this.#cursor
      const answer = await server.join({ conversation_id: conversationId, after })
      signal.throwIfAborted()
      this.#lastHeard = clock.now()
      listener.answered(answer)
      if (answer.skipped > 0) listener.skipped(answer.skipped)
      replaced = this.#adopt(answer) || replaced
      const stillMissing =
        this.#afresh || (this.#cursor?.offset ?? 0) < answer.offset || this.#early.length > 0
      if (!stillMissing) break
      const moved = after?.epoch !== this.#cursor?.epoch || after?.offset !== this.#cursor?.offset
      if (!moved) {
        this.#early = []
        throw noProgress()
      }
    }
    if (replaced) listener.replaced(before)
  }

  /** @returns whether what was held was replaced instead of continued. */
  #adopt(answer: JoinAnswer): boolean {
    const { snapshot, epoch } = answer
    const otherLog = this.#cursor?.epoch !== epoch
    let replaced = false
    if (snapshot) {
      const next = logFromSnapshot(snapshot, this.#log, this.#options.translate)
      this.#log = otherLog ? next : keepOlder(next, this.#log)
      this.#cursor = { epoch, offset: snapshot.offset }
      this.#afresh = false
      replaced = true
    } else if (otherLog) {
      this.#log = emptyLog
      this.#cursor = { epoch, offset: 0 }
      this.#afresh = false
      replaced = true
    }
    for (const event of answer.events) this.#placeHeld(decodeEvent(event))
    const early = this.#early.sort((a, b) => positionOf(a).offset - positionOf(b).offset)
    this.#early = []
    for (const event of early) this.#placeHeld(event)
    this.#options.listener.changed(null)
    return replaced
  }

  #placeHeld(event: DecodedEvent): void {
    if (event.type === 'invalid') {
      this.#options.logger.warn('event_invalid', { field: event.field })
      return
    }
    const placement = placeEvent(this.#cursor, positionOf(event))
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
