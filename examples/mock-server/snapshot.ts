import type { Snapshot, SnapshotTask, WireMessage, WireMessageStatus } from '../../src/protocol/events.js'
import { type ConversationState, isOpen, type TaskRecord } from './conversation-state.js'

/** Attempts that wait for their turn, by task: nothing in the log tells of them before their `start`. */
export type WaitingRetries = ReadonlyMap<string, number>

/** The conversation as of its offset: its newest `limit` messages, and every task that is not over. */
export function takeSnapshot(state: ConversationState, limit: number, retries: WaitingRetries): Snapshot {
  const first = Math.max(0, state.messages.length - limit)
  const tasks = [...state.tasks.values()].filter(isOpen).map((task) => describeTask(task, retries))
  return {
    messages: state.messages.slice(first).map((message) => describeMessage(message, state)),
    offset: state.offset,
    has_older: first > 0,
    tasks,
  }
}

/** The `limit` messages that stand before the one at `index`, oldest first. */
export function takePage(state: ConversationState, index: number, limit: number) {
  const first = Math.max(0, index - limit)
  return {
    messages: state.messages.slice(first, index).map((message) => describeMessage(message, state)),
    has_older: first > 0,
  }
}

function describeTask(task: TaskRecord, retries: WaitingRetries): SnapshotTask {
  const { task_id, message_id, error } = task
  const answer = message_id === undefined ? {} : { message_id }
  const retry = retries.get(task_id)
  if (retry !== undefined) return { task_id, attempt: retry, state: 'queued', ...answer }
  return { task_id, attempt: task.attempt, state: task.state, ...answer, ...(error && { error }) }
}

const answerStatus: Record<TaskRecord['state'], WireMessageStatus> = {
  queued: 'streaming',
  running: 'streaming',
  finished: 'complete',
  stopped: 'stopped',
  failed: 'failed',
}

function describeMessage(message: WireMessage, { tasks }: ConversationState): WireMessage {
  const task = message.task_id === undefined ? undefined : tasks.get(message.task_id)
  if (!task) return message
  const status = message.role === 'user' && task.state !== 'failed' ? 'complete' : answerStatus[task.state]
  return { ...message, status, attempt: task.attempt, ...(task.error && { error: task.error }) }
}
