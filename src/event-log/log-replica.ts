import type { Env } from '../errors/env.js'
import { type DecodedEvent, decodeEvent } from '../protocol/decode.js'
import type { ChatEvent, HistoryAnswer, JoinAnswer, Position } from '../protocol/events.js'
import { joinOutcome } from './join-outcome.js'
import { envelopeOf, type LogEvent, type Sequence, sequenceOf } from './log-event.js'
import { reduce } from './log-reducer.js'
import { emptyLog, keepOlder, type LogState, logFromSnapshot, type ReduceContext } from './log-state.js'
import { OlderPage } from './older-page.js'

export interface LogReplicaOptions {
  readonly conversationId: string
  readonly env: Env
  readonly listener: LogListener
  /** Bytes of memory that one message may take. */
  readonly maxMessageBytes: number
}

export interface LogListener {
  /** `event` is what was applied; null after a snapshot, a join or a failure to join. */
  onChange(event: ChatEvent | null): void
  /** A snapshot is about to replace the log. The listener notes whatever `replaced` will need. */
  onReplacing(): void
  /** The join is complete. The log now held has replaced `before`, and no event explains the difference. */
  onReplaced(before: LogState): void
  /** So many events of a known type, or messages of an answer, could not be understood. */
  onSkipped(count: number): void
  onAnswer(answer: JoinAnswer): void
}

// Pushes that overtake the answer to a join wait here; more than this and the log itself is asked again.
const maxOutOfOrder = 1000

// Code units of text that are gathered without a look. More than a page gets between two frames.
const maxPending = 65_536

/** The log as far as it is known here: each event is applied once and in offset order, or waits until it can be. */
export class LogReplica {
  // Read by others, and written here alone.
  cursor: Position | null = null
  /** Whether the position held here is of no use, so that a snapshot must be asked for. */
  needsSnapshot = false
  readonly #options: LogReplicaOptions
  #state: LogState = emptyLog
  #outOfOrder: LogEvent[] = []
  /** Not all that came early could be kept. */
  #hasDroppedEvents = false
  /** The delta applied last, if nothing else was since, and what the ones after it add to the same text. */
  #lastDelta: Delta | null = null
  #pendingText = ''
  /** The log as it was before the answers of an incomplete join replaced it. */
  #replaced: LogState | null = null
  /** The page of history that is awaited. */
  #older: OlderPage | null = null
  #hasSkipped = false

  constructor(options: LogReplicaOptions) {
    this.#options = options
  }

  get state(): LogState {
    this.#applyPendingText()
    return this.#state
  }

  /**
   * Takes a push. @returns where it stands; what is not next is kept for the answer that fills the gap, and while one is
   * awaited also what was seen: the answer may go back behind that.
   */
  take(event: LogEvent, isAsking: boolean): Sequence {
    const sequence = sequenceOf(this.cursor, envelopeOf(event))
    if (sequence === 'next') this.#advance(event)
    else if (sequence !== 'seen' || isAsking) {
      if (this.#outOfOrder.length < maxOutOfOrder) this.#outOfOrder.push(event)
      else this.#hasDroppedEvents = true
    }
    return sequence
  }

  /**
   * Takes the answer to a join.
   *
   * @param askedFrom the position that was asked from; null if the whole was asked for.
   * @param pushedOffset how far pushes of the same log have come since.
   * @returns whether the log is held up to its end.
   */
  adopt(answer: JoinAnswer, askedFrom: Position | null, pushedOffset: number): boolean {
    const { snapshot, epoch, events } = answer
    const outcome = joinOutcome(answer, askedFrom, pushedOffset)
    if (outcome === 'contradictory') this.needsSnapshot = true
    if (outcome === 'replaces') {
      // Events about messages that a truncate has removed say nothing about the messages before the snapshot.
      const keepsOlder = this.cursor?.epoch === epoch && !this.needsSnapshot
      // A truncate explains nothing in another log than its own, which was lost with it.
      const isUnexplained = this.#replaced === explained && this.cursor?.epoch !== epoch
      if (!this.#replaced || isUnexplained) {
        this.#replaced = this.state
        this.#options.listener.onReplacing()
      }
      this.needsSnapshot = this.#hasSkipped = false
      this.cursor = { epoch, offset: snapshot?.offset ?? 0 }
      this.#older?.beginAnew(this.cursor)
      const next = snapshot ? logFromSnapshot(snapshot, this.state, this.#reading()) : emptyLog
      this.#setState(keepsOlder ? keepOlder(next, this.state) : next)
      this.#placeOlder()
    }
    for (const event of events) this.#takeDecoded(decodeEvent(event))
    const early = this.#outOfOrder.sort((a, b) => envelopeOf(a).offset - envelopeOf(b).offset)
    this.#outOfOrder = []
    for (const event of early) this.#takeDecoded(event)
    this.#options.listener.onChange(null)
    const { offset = 0 } = this.cursor ?? {}
    const isWhole = this.cursor?.epoch === epoch && offset >= Math.max(answer.offset, pushedOffset)
    const hasDropped = this.#hasDroppedEvents
    this.#hasDroppedEvents = false
    return isWhole && !hasDropped && !this.needsSnapshot && this.#outOfOrder.length === 0
  }

  /** The answers are complete: what they took the place of can be told. */
  reportReplaced(): void {
    const before = this.#replaced
    this.#replaced = null
    if (before) this.#options.listener.onReplaced(before)
  }

  /** The server does not fill the gap, so only a snapshot can help. */
  giveUpGap(): void {
    this.dropOutOfOrder()
    this.needsSnapshot = true
  }

  /** Drops the events that wait for earlier ones. */
  dropOutOfOrder(): void {
    this.#outOfOrder = []
    this.#hasDroppedEvents = false
  }

  /** From now on what is applied is noted for the page of history before that message. */
  expectOlder(before: string): OlderPage | null {
    this.#older = this.cursor && new OlderPage(before, this.cursor)
    return this.#older
  }

  /** Takes the page: at once, or when what is held has come as far. */
  giveOlder(page: OlderPage, given: HistoryAnswer): void {
    page.given = given
    this.#placeOlder()
  }

  /** After a long silence: what could not be read may have been what is waited for. */
  requireSnapshotIfSkipped(): void {
    this.needsSnapshot ||= this.#hasSkipped
  }

  reset(): void {
    this.dropOutOfOrder()
    this.#setState(emptyLog)
    this.cursor = this.#replaced = null
    this.needsSnapshot = this.#hasSkipped = false
  }

  #takeDecoded(event: DecodedEvent): void {
    const { env, conversationId } = this.#options
    if (event.type === 'invalid') {
      env.logger.warn('event_invalid', { field: event.field })
    } else if (envelopeOf(event).conversation_id === conversationId) {
      const sequence = sequenceOf(this.cursor, envelopeOf(event))
      if (sequence === 'next') this.#advance(event)
      // The answer has just named the epoch, so an event of another epoch is of a log that was lost.
      else if (sequence === 'gap') this.#outOfOrder.push(event)
    }
  }

  #advance(event: LogEvent): void {
    this.#apply(event)
    if (!this.#older) return
    if (event.type !== 'skip') this.#older.note(event)
    this.#placeOlder()
  }

  #placeOlder(): void {
    const { listener } = this.#options
    const placed = this.#older?.place(this.state, this.cursor, this.#reading())
    if (placed) this.#setState(placed)
    if (this.#older?.end == null) return
    this.#older = null
    listener.onChange(null)
  }

  #apply(event: LogEvent): void {
    const { epoch, offset } = envelopeOf(event)
    this.cursor = { epoch, offset }
    const { env, listener } = this.#options
    const { logger } = env
    if (event.type === 'skip') {
      logger.warn('event_skipped', { type: event.known ? 'known' : 'unknown', field: event.field })
      if (event.known) this.#skip()
      return
    }
    if (event.type === 'delta' && this.#lastDelta && isSameText(event, this.#lastDelta)) {
      this.#pendingText += event.text
      // A page that nobody looks at gathers no more either.
      if (this.#pendingText.length > maxPending) this.#applyPendingText()
      listener.onChange(event)
      return
    }
    const before = this.state
    this.#lastDelta = null
    const reduced = reduce(before, event, this.#reading())
    if (reduced === 'invalid') {
      logger.warn('event_impossible', { type: event.type })
      this.#skip()
    } else if (reduced === 'outside-window') {
      // This event explains the removal, so the removed messages must not be reported as vanished.
      this.#replaced = explained
      this.needsSnapshot = true
    } else if (reduced !== before) {
      this.#state = reduced
      if (event.type === 'delta') this.#lastDelta = event
      listener.onChange(event)
    }
  }

  /**
   * Texts that extend the same part are only gathered. The message is made anew when it is read: once a frame, not once a delta.
   */
  #applyPendingText(): void {
    if (this.#lastDelta === null || this.#pendingText === '') return
    const written = reduce(this.#state, { ...this.#lastDelta, text: this.#pendingText }, this.#reading())
    if (typeof written === 'object') this.#state = written
    this.#pendingText = ''
  }

  #reading(): ReduceContext {
    const { env, maxMessageBytes } = this.#options
    return { translate: env.translate, now: env.clock.now(), maxMessageBytes }
  }

  #skip(): void {
    this.#hasSkipped = true
    this.#options.listener.onSkipped(1)
  }

  #setState(state: LogState): void {
    this.#state = state
    this.#lastDelta = null
    this.#pendingText = ''
  }
}

/** In the place of a log whose messages an event has removed, so that none of them is missed. */
const explained: LogState = { ...emptyLog }

type Delta = Extract<ChatEvent, { type: 'delta' }>

const isSameText = (a: Delta, b: Delta): boolean =>
  a.message_id === b.message_id && a.part === b.part && a.task_id === b.task_id
