import type { Position } from '../protocol/events.js'

/**
 * Where an event stands relative to what was applied: `next` is applied, `seen` dropped, after a `gap` or in
 * `other-epoch` the log itself is asked. Epochs have no order, so another one says nothing but "ask".
 */
export type Placement = 'next' | 'seen' | 'gap' | 'other-epoch'

export function placeEvent(cursor: Position | null, event: Position): Placement {
  if (cursor === null || cursor.epoch !== event.epoch) return 'other-epoch'
  if (event.offset <= cursor.offset) return 'seen'
  return event.offset === cursor.offset + 1 ? 'next' : 'gap'
}
