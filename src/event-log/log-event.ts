import type { SkippedEvent } from '../protocol/decode.js'
import type { ChatEvent, EventEnvelope, Position } from '../protocol/events.js'

/** An event with a place in a log, understood or not. */
export type LogEvent = ChatEvent | SkippedEvent

export const envelopeOf = (event: LogEvent): EventEnvelope => (event.type === 'skip' ? event.envelope : event)

/**
 * Where an event stands relative to what was applied: `next` is applied, `seen` dropped, after a `gap` or in
 * `other-epoch` the log itself is asked. Epochs have no order, so another one says nothing but "ask".
 */
export type Sequence = 'next' | 'seen' | 'gap' | 'other-epoch'

export function sequenceOf(cursor: Position | null, event: Position): Sequence {
  if (cursor === null || cursor.epoch !== event.epoch) return 'other-epoch'
  if (event.offset <= cursor.offset) return 'seen'
  return event.offset === cursor.offset + 1 ? 'next' : 'gap'
}

/** Whether a position is a later one than another, or one in another log. */
export function isAhead(position: Position | null, of: Position | null): boolean {
  return position !== null && (position.epoch !== of?.epoch || position.offset > of.offset)
}
