import { type ConversationRecord, endOf, positionOf, taskOf } from './record.js'
import type { AppendResult, LeaseProof, Run, Step } from './step.js'
import { isOpenTask } from './stored-task.js'

/**
 * The verdict on a step, before anything is changed: undefined if the step is to be stored.
 *
 * @param fence the newest lease's; 0 if there was none.
 * @throws RangeError if the step breaks the contract.
 */
export function judgeStep(record: ConversationRecord, fence: number, step: Step): AppendResult | undefined {
  return (
    (step.kind === 'accept' ? judgeAccepted(record, step) : undefined) ??
    ('lease' in step && step.lease ? judgeLease(record, fence, step.lease) : undefined) ??
    (step.kind === 'run' ? judgeRun(record, step.run) : judgeExpected(record, step.expect)) ??
    requireSound(record, step)
  )
}

function judgeAccepted(
  record: ConversationRecord,
  { taskId, digest }: { readonly taskId: string; readonly digest: string },
): AppendResult | undefined {
  const task = taskOf(record, taskId)
  if (!task) return undefined
  const sameInput = task.digest === undefined || task.digest === digest
  return { result: 'known', position: positionOf(record), task, sameInput }
}

function judgeLease(record: ConversationRecord, fence: number, lease: LeaseProof): AppendResult | undefined {
  const { lastLeaseStep: stored } = record
  const position = positionOf(record)
  if (lease.fence === stored.fence && lease.seq === stored.seq) {
    return { result: 'ok', position, first: stored.first, last: stored.last, repeat: true }
  }
  if (lease.fence !== fence) return { result: lease.fence < fence ? 'fenced' : 'lost', position }
  const next = stored.fence === fence ? stored.seq + 1 : 1
  if (lease.seq === next) return undefined
  return { result: lease.seq < next ? 'fenced' : 'lost', position }
}

const sameRun = (a: Run | null, b: Run) =>
  a?.taskId === b.taskId && a.attempt === b.attempt && a.try === b.try

const judgeRun = (record: ConversationRecord, run: Run): AppendResult | undefined =>
  sameRun(record.running, run) ? undefined : { result: 'fenced', position: positionOf(record) }

function judgeExpected(
  record: ConversationRecord,
  { epoch, rev }: { readonly epoch: string; readonly rev: number },
): AppendResult | undefined {
  if (record.epoch === epoch && record.rev === rev) return undefined
  return { result: 'conflict', position: positionOf(record) }
}

function requireSound(record: ConversationRecord, step: Step): undefined {
  for (const task of step.tasks) {
    if (isOpenTask(task) && record.closed.has(task.taskId)) {
      throw new RangeError('unable to append a step; it opens a task that is over')
    }
  }
  if (endOf(record) + step.events.length > Number.MAX_SAFE_INTEGER) {
    throw new RangeError('unable to append a step; the log is full')
  }
}
