import { decodeEvent } from '../protocol/decode.js'
import type { JoinAnswer, Position } from '../protocol/events.js'
import { envelopeOf } from './log-event.js'

/**
 * How the answer to a join relates to the log held here: it continues that log, or replaces the log by a snapshot or by another
 * log from the first event. `contradictory`: it contradicts the question, and nothing that is held is given up for it.
 */
export type JoinOutcome = 'continues' | 'replaces' | 'contradictory'

/**
 * @param askedFrom the position that the question named; null if it asked for the whole.
 * @param pushedOffset how far pushes of the same log have come since the question was asked; 0 if none came.
 */
export function joinOutcome(
  answer: JoinAnswer,
  askedFrom: Position | null,
  pushedOffset: number,
): JoinOutcome {
  const { snapshot, epoch, offset, events } = answer
  const isSameLog = askedFrom?.epoch === epoch
  // A log that ends before what was read of it has lost something, and only the whole can say what.
  const hasLost = isSameLog && offset < askedFrom.offset
  if (snapshot) return isSameLog && !hasLost && snapshot.offset < pushedOffset ? 'continues' : 'replaces'
  if (isSameLog) return hasLost ? 'contradictory' : 'continues'
  const first = decodeEvent(events[0])
  const isWhole = offset === 0 || (first.type !== 'invalid' && envelopeOf(first).offset === 1)
  return isWhole ? 'replaces' : 'contradictory'
}
