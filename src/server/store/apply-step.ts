import type { OwnStep } from './own-step.js'
import { type ConversationRecord, endOf, taskOf } from './record.js'
import { decides, type Step } from './step.js'
import { TOMBSTONE_MS } from './store.js'
import type { PlacedEvent } from './stored-event.js'
import { isOpenTask, type KeptInput, type TaskChange } from './stored-task.js'

/** About what a closed task costs: its ids, its digest and the names of its fields. */
const CLOSED_TASK_BYTES = 160

/**
 * Stores a step that has been judged in a record.
 *
 * @returns the events in their places.
 */
export function applyStep(
  record: ConversationRecord,
  { step, events: own, bytes }: OwnStep,
): readonly PlacedEvent[] {
  const first = endOf(record) + 1
  const events = own.map((event, index) => ({ offset: first + index, at: step.at, event }))
  for (const event of events) record.events.push(event)
  const last = endOf(record)
  for (const task of step.tasks) applyTask(record, task, step, last)
  if (step.running !== undefined) record.running = step.running
  if (decides(step)) record.rev += 1
  if ('lease' in step && step.lease) {
    const { fence, seq } = step.lease
    record.lastLeaseStep = { fence, seq, first, last }
  }
  record.lastAt = step.at
  record.keepMs = step.keepMs ?? Number.POSITIVE_INFINITY
  const kept = step.kind === 'accept' ? jsonBytes(keptOf(step)) : 0
  record.bytes += bytes
  record.eventBytes += bytes - kept
  return events
}

const keptOf = ({ input, user }: KeptInput): KeptInput => ({
  ...(input !== undefined && { input }),
  ...(user !== undefined && { user }),
})

function applyTask(record: ConversationRecord, change: TaskChange, step: Step, offset: number) {
  const before = taskOf(record, change.taskId)
  const accepted = step.kind === 'accept' && step.taskId === change.taskId ? step : undefined
  const storedAt = before?.storedAt ?? offset
  const digest = accepted?.digest ?? before?.digest
  const stored = { storedAt, ...(digest !== undefined && { digest }) }
  if (isOpenTask(change)) {
    const kept = accepted ?? (before && isOpenTask(before) ? before : {})
    record.open.set(change.taskId, { ...change, ...stored, ...keptOf(kept) })
    return
  }
  if (before && isOpenTask(before)) record.bytes -= jsonBytes(keptOf(before))
  record.bytes += CLOSED_TASK_BYTES
  record.open.delete(change.taskId)
  const { taskId, state, attempt, messageId } = change
  const answer = messageId === undefined ? {} : { messageId }
  record.closed.set(taskId, { taskId, state, attempt, ...answer, ...stored })
  if (!before && digest === undefined) addTombstone(record, taskId, step.at)
}

/** A new tombstone makes room: those that no outbox can outlive go. */
function addTombstone(record: ConversationRecord, taskId: string, at: number) {
  for (const [old, since] of record.tombstones) {
    if (at - since < TOMBSTONE_MS) break
    record.tombstones.delete(old)
    record.closed.delete(old)
  }
  record.tombstones.set(taskId, at)
}

export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')
