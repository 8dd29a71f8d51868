import { AppError } from '../../errors/app-error.js'
import type { SendInput } from '../../protocol/events.js'
import { toErrorBody } from '../error-event.js'
import { digestOf } from '../store/digest.js'
import type { AcceptStep, DecisionStep, LeaseProof, Run, StorePosition } from '../store/step.js'
import type { StoredEvent } from '../store/stored-event.js'
import { acceptInput, stopEvents } from './accept-input.js'
import type { ConversationState } from './conversation-state.js'
import { taskChanges } from './task-changes.js'
import { changeOf, type TaskRecord } from './task-record.js'
import { endCalls } from './tool-calls.js'

/** Where a decision is made, and when. */
export interface Situation {
  readonly state: ConversationState
  readonly position: StorePosition
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  /** Milliseconds that the conversation is kept without another step; undefined for ever. */
  readonly keepMs?: number | undefined
}

/** A step that decides: its events, and every task that they change. */
export function decisionStep(
  { state, position, now, keepMs }: Situation,
  events: readonly StoredEvent[],
  more: Pick<DecisionStep, 'lease' | 'running'> & { readonly tasks?: readonly TaskRecord[] } = {},
): DecisionStep {
  const { tasks = [], lease, running } = more
  const own = new Set(tasks.map(({ taskId }) => taskId))
  const changed = taskChanges(state.tasks, events, state.messages, { offset: 0, at: now })
  const all = [...changed.filter(({ taskId }) => !own.has(taskId)), ...tasks]
  const ended = endsRun(state, all)
  return {
    kind: 'decide',
    expect: { epoch: position.epoch, rev: position.rev },
    at: now,
    events,
    tasks: all.map(changeOf),
    ...(running === undefined ? ended && { running: null } : { running }),
    ...(lease && { lease }),
    ...(keepMs !== undefined && { keepMs }),
  }
}

/** Whether what runs is among the tasks that end. */
const endsRun = (state: ConversationState, tasks: readonly TaskRecord[]): boolean =>
  tasks.some((task) => task.state !== 'running' && state.tasks.get(task.taskId)?.state === 'running')

/** @throws AppError if the conversation, as it is, has no place for the input. */
export function acceptStep(
  situation: Situation,
  taskId: string,
  { input, stored, user }: { readonly input: SendInput; readonly stored: SendInput; readonly user: unknown },
): AcceptStep {
  const events = acceptInput(situation.state, taskId, stored)
  const { kind: _kind, lease: _lease, ...step } = decisionStep(situation, events)
  // The digest is of what the client sent: what the server puts in its place, such as the author, may change.
  return { ...step, kind: 'accept', taskId, digest: digestOf(input), input: stored, user }
}

/** The same task again: the store answers how it stands, and stores nothing. */
export function repeatStep(situation: Situation, task: TaskRecord, input: SendInput): AcceptStep {
  const { kind: _kind, lease: _lease, ...step } = decisionStep(situation, [], { tasks: [task] })
  return { ...step, kind: 'accept', taskId: task.taskId, digest: digestOf(input) }
}

/** A task that the app itself begins; it has no input to be run from again. */
export function acceptAnswer(situation: Situation, taskId: string, node: string): AcceptStep {
  const task: TaskRecord = { taskId, state: 'queued', attempt: 1, storedAt: 0 }
  const { kind: _kind, lease: _lease, ...step } = decisionStep(situation, [], { tasks: [task] })
  return { ...step, kind: 'accept', taskId, digest: digestOf({ answer: taskId }), user: { node } }
}

/** A failed task waits for its next attempt from now on. */
export function retryStep(situation: Situation, task: TaskRecord): DecisionStep {
  // The number is the log's to say: one that a client names could use up all that there are.
  return decisionStep(situation, [], { tasks: [{ ...task, retry: task.attempt + 1 }] })
}

export const stopStep = (situation: Situation, taskId: string): DecisionStep =>
  decisionStep(situation, stopEvents(situation.state, taskId))

export interface StartFacts {
  readonly task: TaskRecord
  readonly attempt: number
  readonly messageId: string
  readonly lease: LeaseProof
}

export function startStep(
  situation: Situation,
  { task, attempt, messageId, lease }: StartFacts,
  resume: readonly StoredEvent[],
): DecisionStep {
  const start: StoredEvent = { type: 'start', task_id: task.taskId, message_id: messageId, attempt }
  const running: Run = { taskId: task.taskId, attempt, try: 1 }
  return decisionStep(situation, [start, ...resume], { lease, running })
}

/** Ends a task whose decision on a tool call is recorded, and whose run is another task's. It has no answer of its own. */
export const recordedStep = (situation: Situation, { taskId }: TaskRecord, lease: LeaseProof): DecisionStep =>
  decisionStep(situation, [{ type: 'finish', task_id: taskId }], { lease })

/** Ends a task that no node runs any more. One without an input cannot be run again. */
export function interruptStep(situation: Situation, task: TaskRecord, lease: LeaseProof): DecisionStep {
  const error = new AppError({
    code: 'interrupted',
    message: 'unable to finish the answer; the server stopped',
    ...(!task.input && { retryable: false }),
  })
  const { taskId, attempt, messageId } = task
  const answer = messageId === undefined ? {} : { message_id: messageId }
  const events: StoredEvent[] = [
    ...endCalls(situation.state, taskId, 'interrupted'),
    { ...toErrorBody(error), task_id: taskId, attempt, ...answer },
  ]
  return decisionStep(situation, events, { lease, ...(task.state === 'running' && { running: null }) })
}
