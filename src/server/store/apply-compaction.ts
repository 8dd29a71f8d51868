import { jsonBytes } from './apply-step.js'
import { type ConversationRecord, endOf } from './record.js'
import { RecordEvents } from './record-events.js'
import type { Compaction } from './store.js'
import type { StoredMessage } from './stored-event.js'

/** Whether a compaction goes on from where the record is. */
export const isCurrent = (record: ConversationRecord, { epoch, base, offset }: Compaction): boolean =>
  record.epoch === epoch && record.base === base && base < offset && offset <= endOf(record)

/**
 * The record with the events up to `offset` folded: a new one, so that nothing has changed if it can't be stored.
 *
 * @throws RangeError if the compaction's order has no record for an id, or holds an id twice.
 */
export function compacted(record: ConversationRecord, compaction: Compaction): ConversationRecord {
  const { offset, changedMessages, order } = compaction
  const kept = record.order.slice(0, order.keep)
  const removed = new Set(record.order.slice(order.keep))
  const changed = new Map(changedMessages.map((message) => [message.id, message]))
  const added = new Set(order.ids)
  if (added.size < order.ids.length || kept.length < order.keep) throw badOrder()
  for (const id of added) {
    // A message that stays where it is has its place already.
    const isNew = changed.has(id) && !record.messages.has(id)
    if (!isNew && !removed.has(id)) throw badOrder()
  }

  const messages = new Map(record.messages)
  let grown = 0
  const put = (id: string, message: StoredMessage | undefined) => {
    const before = messages.get(id)
    if (before) grown -= jsonBytes(before)
    if (message) grown += jsonBytes(message)
    if (message) messages.set(id, message)
    else messages.delete(id)
  }
  for (const id of removed) if (!added.has(id)) put(id, undefined)
  for (const [id, message] of changed) if (added.has(id) || messages.has(id)) put(id, message)
  const events = record.events.slice(offset - record.base)
  const eventBytes = jsonBytes(events)
  const bytes = record.bytes + grown + eventBytes - record.eventBytes
  return {
    ...record,
    base: offset,
    events: new RecordEvents(events),
    messages,
    order: [...kept, ...added],
    bytes,
    eventBytes,
  }
}

const badOrder = () => new RangeError('unable to compact; the order does not fit the messages')
