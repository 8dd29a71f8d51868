import { compacted } from './apply-compaction.js'
import { applyStep } from './apply-step.js'
import type { ConversationKey } from './conversation-key.js'
import { frame } from './file-frames.js'
import { bytesOf, type OwnStep } from './own-step.js'
import { type ConversationRecord, newRecord } from './record.js'
import type { RunStep, Step } from './step.js'
import type { Compaction } from './store.js'
import type { PlacedEvent, StoredEvent, StoredMessage } from './stored-event.js'
import type { ClosedTask, OpenTask } from './stored-task.js'

/** The scalars of a record, and its tasks. */
interface Head
  extends Pick<
    ConversationRecord,
    'epoch' | 'rev' | 'base' | 'order' | 'running' | 'lastLeaseStep' | 'lastAt'
  > {
  readonly open: readonly OpenTask[]
  readonly closed: readonly ClosedTask[]
  readonly tombstones: readonly (readonly [string, number])[]
  readonly bytes: number
  readonly eventBytes: number
  /** Null for ever. */
  readonly keepMs: number | null
}

/** The lines of a conversation's file. The first one is `created` or `record`. */
type Line =
  | readonly ['created', { readonly key: ConversationKey; readonly epoch: string }]
  /** A whole record begins; its messages and events follow, a line each. */
  | readonly ['record', { readonly key: ConversationKey; readonly head: Head }]
  | readonly ['message', StoredMessage]
  | readonly ['event', PlacedEvent]
  | readonly ['step', Step]
  /** A step of the run whose step came before: its seq, its time, its deltas as part and text in turn. */
  | readonly ['+', number, number, ...(string | number)[]]
  | readonly ['fold', Compaction]
  /** From here on this life of the store writes. */
  | readonly ['life', number]
  /** Something that was acknowledged may be missing before this line. */
  | readonly ['epoch', string]

const line = (value: Line): string => frame(value)

export const createdLine = (key: ConversationKey, epoch: string) => line(['created', { key, epoch }])
export const foldLine = (compaction: Compaction) => line(['fold', compaction])
export const lifeLine = (life: number) => line(['life', life])
export const epochLine = (epoch: string) => line(['epoch', epoch])

/** Short for what a running answer appends most: text that goes on under the same lease. */
export function stepLine(record: ConversationRecord, step: Step): string {
  const deltas = deltasOf(record, step)
  return deltas ? line(['+', ...deltas]) : line(['step', step])
}

function deltasOf(
  record: ConversationRecord,
  step: Step,
): [number, number, ...(string | number)[]] | undefined {
  if (step.kind !== 'run' || step.lease.fence !== record.lastLeaseStep.fence) return undefined
  if (step.tasks.length > 0 || step.running !== undefined) return undefined
  if ((step.keepMs ?? Number.POSITIVE_INFINITY) !== record.keepMs) return undefined
  const messageId = record.open.get(step.run.taskId)?.messageId
  const deltas: [number, number, ...(string | number)[]] = [step.lease.seq, step.at]
  for (const event of step.events) {
    if (event.type !== 'delta' || event.message_id !== messageId || event.task_id !== step.run.taskId) {
      return undefined
    }
    if (Object.keys(event).length !== DELTA_FIELDS) return undefined
    deltas.push(event.part, event.text)
  }
  return deltas
}

/** `type`, `task_id`, `message_id`, `part`, `text`: an event with a field more is stored as it is. */
const DELTA_FIELDS = 5

/** All lines of a record. */
export function* recordLines(record: ConversationRecord): Generator<string> {
  const { epoch, rev, base, order, running, lastLeaseStep, bytes, eventBytes, lastAt, keepMs } = record
  const tasks = { open: [...record.open.values()], closed: [...record.closed.values()] }
  const tombstones = [...record.tombstones]
  const expiry = { lastAt, keepMs: Number.isFinite(keepMs) ? keepMs : null }
  const facts = { epoch, rev, base, order, running, lastLeaseStep, bytes, eventBytes }
  yield line(['record', { key: record.key, head: { ...facts, ...tasks, tombstones, ...expiry } }])
  for (const message of record.messages.values()) yield line(['message', message])
  for (const event of record.events) yield line(['event', event])
}

export interface Replayed {
  readonly record: ConversationRecord
  /** The life of the store that wrote last. */
  readonly life: number
}

/**
 * The record that lines make, up to where they make sense.
 *
 * @returns the number of lines that did; fewer than there are if the file is damaged.
 */
export function replay(values: readonly unknown[]): Partial<Replayed> & { readonly replayed: number } {
  let record: ConversationRecord | undefined
  let life = 0
  let replayed = 0
  try {
    for (const value of values) {
      const [kind, content] = value as Line
      if (kind === 'created') record = newRecord(content.key, content.epoch)
      else if (kind === 'record') record = recordOf(content.key, content.head)
      else if (kind === 'life') life = content
      else if (record) record = replayLine(record, value as Line)
      else break
      replayed += 1
    }
  } catch {
    // A line whose checksum holds and that does not fit: another program's, or a version's that is newer.
  }
  return record ? { record, life, replayed } : { replayed: 0 }
}

/** A step that was read from a file: no caller has it, so the store needs no copy. */
const kept = (step: Step): OwnStep => ({ step, events: step.events, bytes: bytesOf(step) })

function replayLine(record: ConversationRecord, value: Line): ConversationRecord {
  switch (value[0]) {
    case 'message':
      record.messages.set(value[1].id, value[1])
      return record
    case 'event':
      record.events.push(value[1])
      return record
    case 'step':
      applyStep(record, kept(value[1]))
      return record
    case '+': {
      const step = runStepOf(record, value)
      applyStep(record, kept(step))
      return record
    }
    case 'fold':
      return compacted(record, value[1])
    case 'epoch':
      record.epoch = value[1]
      return record
    default:
      throw new RangeError('unable to read a line; its kind is unknown')
  }
}

function runStepOf(
  record: ConversationRecord,
  [, seq, at, ...deltas]: Extract<Line, readonly ['+', ...unknown[]]>,
): RunStep {
  const { running, lastLeaseStep, keepMs } = record
  const messageId = running && record.open.get(running.taskId)?.messageId
  if (!running || messageId == null) throw new RangeError('unable to read a line; nothing runs')
  const events: StoredEvent[] = []
  for (let index = 0; index < deltas.length; index += 2) {
    const [part, text] = [Number(deltas[index]), String(deltas[index + 1])]
    events.push({ type: 'delta', task_id: running.taskId, message_id: messageId, part, text })
  }
  const lease = { fence: lastLeaseStep.fence, seq }
  return {
    kind: 'run',
    at,
    lease,
    run: running,
    events,
    tasks: [],
    ...(Number.isFinite(keepMs) && { keepMs }),
  }
}

function recordOf(
  key: ConversationKey,
  { open, closed, tombstones, keepMs, ...facts }: Head,
): ConversationRecord {
  return {
    ...newRecord(key, facts.epoch),
    ...facts,
    open: new Map(open.map((task) => [task.taskId, task])),
    closed: new Map(closed.map((task) => [task.taskId, task])),
    tombstones: new Map(tombstones),
    keepMs: keepMs ?? Number.POSITIVE_INFINITY,
  }
}
