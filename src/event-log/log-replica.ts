import type { Translate } from '../message/wire-message.js'
import { type DecodedEvent, decodeEvent } from '../protocol/decode.js'
import type { ChatEvent, JoinAnswer, Position } from '../protocol/events.js'
import type { Clock } from '../shared/clock.js'
import type { Logger } from '../shared/logger.js'
import { bearingOf } from './join-outcome.js'
import { envelopeOf, type Placed, type Placement, placeEvent } from './log-event.js'
import { reduce } from './log-reducer.js'
import { emptyLog, keepOlder, type LogState, logFromSnapshot } from './log-state.js'
import { type GivenPage, OlderPage } from './older-page.js'

export interface HeldLogOptions {
  readonly conversationId: string
  readonly clock: Clock
  readonly logger: Logger
  readonly translate: Translate
  readonly listener: LogListener
}

export interface LogListener {
  /** `event` is what was applied; null after a snapshot, a join or a failure to join. */
  changed(event: ChatEvent | null): void
  /** A snapshot is about to replace the log. The listener notes whatever `replaced` will need. */
  replacing(): void
  /** The join is complete. The log now held has replaced `before`, and no event explains the difference. */
  replaced(before: LogState): void
  /** So many events of a known type, or messages of an answer, could not be understood. */
  skipped(count: number): void
  answered(answer: JoinAnswer): void
}

// Pushes that overtake the answer to a join wait here; more than this and the log itself is asked again.
const mostEarly = 1000

/** The log as far as it is known here: each event is applied once and in offset order, or waits until it can be. */
export class HeldLog {
  readonly #options: HeldLogOptions
  #state: LogState = emptyLog
  #cursor: Position | null = null
  #early: Placed[] = []
  /** Not all that came early could be kept. */
  #hasDropped = false
  /** The delta applied last, where nothing else was since, and what the ones after it add to the same text. */
  #delta: Delta | null = null
  #text = ''
  /** The log as it was before the answers of an incomplete join replaced it. */
  #replaced: LogState | null = null
  /** The page of history that is awaited. */
  #older: OlderPage | null = null
  #hasSkipped = false
  /** The position held is of no use: the whole is to be asked for. */
  needsWhole = false

  constructor(options: HeldLogOptions) {
    this.#options = options
  }

  get state(): LogState {
    this.#writeText()
    return this.#state
  }

  get cursor(): Position | null {
    return this.#cursor
  }

  /**
   * Takes a push. @returns where it stands; what is not next is kept for the answer that fills the gap, and while one is
   * awaited also what was seen: the answer may go back behind that.
   */
  take(event: Placed, isAsking: boolean): Placement {
    const placement = placeEvent(this.#cursor, envelopeOf(event))
    if (placement === 'next') this.#advance(event)
    else if (placement !== 'seen' || isAsking) {
      if (this.#early.length < mostEarly) this.#early.push(event)
      else this.#hasDropped = true
    }
    return placement
  }

  /**
   * Takes the answer to a join.
   *
   * @param asked the position that was asked from; null where the whole was asked for.
   * @param overtaken how far pushes of the same log have come since.
   * @returns whether the log is held up to its end.
   */
  adopt(answer: JoinAnswer, asked: Position | null, overtaken: number): boolean {
    const { snapshot, epoch, events } = answer
    const bearing = bearingOf(answer, asked, overtaken)
    if (bearing === 'useless') this.needsWhole = true
    if (bearing === 'snapshot' || bearing === 'begins') {
      // What was applied to messages that a truncate has removed says nothing of what stands before the snapshot.
      const keepsOlder = this.#cursor?.epoch === epoch && !this.needsWhole
      if (!this.#replaced) {
        this.#replaced = this.state
        this.#options.listener.replacing()
      }
      this.needsWhole = this.#hasSkipped = false
      this.#cursor = { epoch, offset: snapshot?.offset ?? 0 }
      this.#older?.beginAnew(this.#cursor)
      const next = snapshot ? logFromSnapshot(snapshot, this.state, this.#options.translate) : emptyLog
      this.#become(keepsOlder ? keepOlder(next, this.state) : next)
      this.#placeOlder()
    }
    for (const event of events) this.#takeHeld(decodeEvent(event))
    const early = this.#early.sort((a, b) => envelopeOf(a).offset - envelopeOf(b).offset)
    this.#early = []
    for (const event of early) this.#takeHeld(event)
    this.#options.listener.changed(null)
    const { offset = 0 } = this.#cursor ?? {}
    const isWhole = this.#cursor?.epoch === epoch && offset >= Math.max(answer.offset, overtaken)
    const hasDropped = this.#hasDropped
    this.#hasDropped = false
    return isWhole && !hasDropped && !this.needsWhole && this.#early.length === 0
  }

  /** The answers are complete: what they took the place of can be told. */
  settle(): void {
    const before = this.#replaced
    this.#replaced = null
    if (before) this.#options.listener.replaced(before)
  }

  /** Gives up waiting for what would come before it. */
  dropEarly(): void {
    this.#early = []
    this.#hasDropped = false
  }

  /** From now on what is applied is noted for the page of history before that message. */
  expectOlder(before: string): OlderPage | null {
    this.#older = this.#cursor && new OlderPage(before, this.#cursor)
    return this.#older
  }

  /** Takes the page: at once, or when what is held has come as far. */
  giveOlder(page: OlderPage, given: GivenPage): void {
    page.give(given)
    this.#placeOlder()
  }

  /** After a long silence: what could not be read may have been what is waited for. */
  doubt(): void {
    this.needsWhole ||= this.#hasSkipped
  }

  reset(): void {
    this.dropEarly()
    this.#become(emptyLog)
    this.#cursor = this.#replaced = null
    this.needsWhole = this.#hasSkipped = false
  }

  #takeHeld(event: DecodedEvent): void {
    const { logger, conversationId } = this.#options
    if (event.type === 'invalid') {
      logger.warn('event_invalid', { field: event.field })
    } else if (envelopeOf(event).conversation_id === conversationId) {
      const placement = placeEvent(this.#cursor, envelopeOf(event))
      if (placement === 'next') this.#advance(event)
      // The answer has just named the epoch; what is of another one is of a log that is no more.
      else if (placement === 'gap') this.#early.push(event)
    }
  }

  #advance(event: Placed): void {
    this.#apply(event)
    if (!this.#older) return
    if (event.type !== 'skip') this.#older.note(event)
    this.#placeOlder()
  }

  #placeOlder(): void {
    const { translate, clock, listener } = this.#options
    const placed = this.#older?.place(this.state, this.#cursor, { translate, now: clock.now() })
    if (placed) this.#become(placed)
    if (this.#older?.end == null) return
    this.#older = null
    listener.changed(null)
  }

  #apply(event: Placed): void {
    const { epoch, offset } = envelopeOf(event)
    this.#cursor = { epoch, offset }
    const { translate, clock, logger, listener } = this.#options
    if (event.type === 'skip') {
      logger.warn('event_skipped', { type: event.known ? 'known' : 'unknown', field: event.field })
      if (event.known) this.#skip()
      return
    }
    if (event.type === 'delta' && this.#delta && isSameText(event, this.#delta)) {
      this.#text += event.text
      listener.changed(event)
      return
    }
    const before = this.state
    this.#delta = null
    const reduced = reduce(before, event, { translate, now: clock.now() })
    if (reduced === 'impossible') {
      logger.warn('event_impossible', { type: event.type })
      this.#skip()
    } else if (reduced === 'unheld') {
      // This event explains the removal, so the removed messages must not be reported as vanished.
      this.#replaced = emptyLog
      this.needsWhole = true
    } else if (reduced !== before) {
      this.#state = reduced
      if (event.type === 'delta') this.#delta = event
      listener.changed(event)
    }
  }

  /**
   * What could be appended to can be appended to again, so the texts that follow are only gathered, and the message is
   * made anew when somebody looks: once a frame, not once a delta.
   */
  #writeText(): void {
    if (this.#delta === null || this.#text === '') return
    const { translate, clock } = this.#options
    const written = reduce(this.#state, { ...this.#delta, text: this.#text }, { translate, now: clock.now() })
    if (typeof written === 'object') this.#state = written
    this.#text = ''
  }

  #skip(): void {
    this.#hasSkipped = true
    this.#options.listener.skipped(1)
  }

  #become(state: LogState): void {
    this.#state = state
    this.#delta = null
    this.#text = ''
  }
}

type Delta = Extract<ChatEvent, { type: 'delta' }>

const isSameText = (a: Delta, b: Delta): boolean =>
  a.message_id === b.message_id && a.part === b.part && a.task_id === b.task_id
