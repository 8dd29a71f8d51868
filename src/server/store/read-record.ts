import { type ConversationRecord, endOf, exists, positionOf, taskOf } from './record.js'
import type { HistoryPage, MessageWindow, ReadOptions, StoredConversation } from './store.js'

type Facts = Pick<StoredConversation, 'holder'> & { readonly conversationsInScope: number }

export function readRecord(
  record: ConversationRecord,
  { after, max = Number.POSITIVE_INFINITY, taskIds = [] }: ReadOptions,
  { holder, conversationsInScope }: Facts,
): StoredConversation {
  const { epoch, base, events, open, running, bytes, tombstones, order } = record
  const goesOn = after?.epoch === epoch && base <= after.end && after.end <= endOf(record)
  return {
    exists: exists(record),
    position: positionOf(record),
    base,
    events: events.slice(goesOn ? after.end - base : 0),
    snapshot: goesOn ? null : windowOf(record, order.length, max),
    tasks: [...open.values()],
    running,
    holder,
    known: taskIds.flatMap((taskId) => taskOf(record, taskId) ?? []),
    usage: { bytes, tombstones: tombstones.size, conversationsInScope },
  }
}

export function readHistory(record: ConversationRecord, before: string, max: number): HistoryPage | null {
  if (!record.messages.has(before)) return null
  const { base, events, open, order } = record
  const tail = { position: positionOf(record), base, events: events.slice(), tasks: [...open.values()] }
  return { ...tail, ...windowOf(record, order.lastIndexOf(before), max) }
}

/** The `max` records that stand before the index `end`. */
function windowOf({ order, messages }: ConversationRecord, end: number, max: number): MessageWindow {
  const older = Math.max(0, end - max)
  return { messages: order.slice(older, end).flatMap((id) => messages.get(id) ?? []), older }
}
