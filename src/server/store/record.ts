import type { ConversationKey } from './conversation-key.js'
import { RecordEvents } from './record-events.js'
import type { LeaseProof, Run, StorePosition } from './step.js'
import type { StoredMessage } from './stored-event.js'
import { type ClosedTask, isOpenWork, type OpenTask, type StoredTask } from './stored-task.js'

/** The lease's last step and where its events are, by which a repeat is answered. */
export interface LastLeaseStep extends LeaseProof {
  readonly first: number
  readonly last: number
}

/**
 * One conversation as the stores of this process hold it. Its content (events, messages, tasks) is replaced, never changed, so a
 * reader may keep it.
 */
export interface ConversationRecord {
  readonly key: ConversationKey
  epoch: string
  rev: number
  base: number
  /** Those after `base`. */
  events: RecordEvents
  messages: Map<string, StoredMessage>
  order: string[]
  /** In the order of their first steps. */
  open: Map<string, OpenTask>
  closed: Map<string, ClosedTask>
  /** When each tombstone was stored, by task id, oldest first. */
  tombstones: Map<string, number>
  running: Run | null
  lastLeaseStep: LastLeaseStep
  /** Bytes of the JSON of all that is above. */
  bytes: number
  /** Of `bytes`, those of `events`. */
  eventBytes: number
  /** When the last step came, and how long after it the conversation may be forgotten, in milliseconds. */
  lastAt: number
  keepMs: number
}

export const newRecord = (key: ConversationKey, epoch: string): ConversationRecord => ({
  key,
  epoch,
  rev: 0,
  base: 0,
  events: new RecordEvents(),
  messages: new Map(),
  order: [],
  open: new Map(),
  closed: new Map(),
  tombstones: new Map(),
  running: null,
  lastLeaseStep: { fence: 0, seq: 0, first: 0, last: 0 },
  bytes: key.length,
  eventBytes: 0,
  lastAt: 0,
  keepMs: Number.POSITIVE_INFINITY,
})

export const endOf = ({ base, events }: ConversationRecord): number => base + events.length

export const positionOf = (record: ConversationRecord): StorePosition => ({
  epoch: record.epoch,
  rev: record.rev,
  end: endOf(record),
})

export const exists = ({ rev }: ConversationRecord): boolean => rev > 0

export const taskOf = ({ open, closed }: ConversationRecord, taskId: string): StoredTask | undefined =>
  open.get(taskId) ?? closed.get(taskId)

/** Whether a node has something to do here. */
export function hasOpenWork({ open }: ConversationRecord): boolean {
  for (const task of open.values()) if (isOpenWork(task)) return true
  return false
}

export const isExpired = (record: ConversationRecord, now: number): boolean =>
  now >= record.lastAt + record.keepMs && !hasOpenWork(record)
