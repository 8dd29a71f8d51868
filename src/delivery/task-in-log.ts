import type { AppError } from '../errors/app-error.js'
import type { LogState } from '../event-log/log-state.js'
import { indexOfMessage, indexOfTask, lengthOf, messageAt, toArray } from '../event-log/message-list.js'
import type { ChatMessage, ChatPart, ToolPart } from '../message/message.js'
import { partToWire } from '../message/wire-message.js'
import type { Position, SendInput, WireMessage } from '../protocol/events.js'
import { isObject } from '../protocol/is.js'
import { newOutgoingTask, type OutgoingTask } from './outgoing-task.js'

/** A task's state in the log: nothing yet, an attempt, or its end. */
export type LoggedStatus =
  | { readonly state: 'absent' }
  | { readonly state: 'running'; readonly attempt: number }
  | { readonly state: 'failed'; readonly attempt: number; readonly error: AppError }
  | { readonly state: 'ended' }
  /** The log that held the task was lost. */
  | { readonly state: 'lost' }

/** A log as far as it was read. */
export interface ReadLog {
  readonly log: LogState
  readonly cursor: Position | null
  /** How many joins were asked for. */
  readonly joinsRequested: number
  /** The number of the last join whose answer was complete. */
  readonly lastCompletedJoin: number
}

/** The fields that identify a task in the log. */
type TaskKey = Pick<OutgoingTask, 'taskId'> & Partial<Pick<OutgoingTask, 'input'>>

export const isInLog = (log: LogState, task: TaskKey): boolean =>
  log.tasks.has(task.taskId) || indexOfTask(log.messages, task.taskId) >= 0 || indexOfInput(log, task) >= 0

/** A snapshot may omit the task of the message that is its input, but the message has the id that this client gave it. */
function indexOfInput({ messages }: LogState, { input }: TaskKey): number {
  if (!input || !('message' in input)) return -1
  const index = indexOfMessage(messages, input.message?.id)
  return messageAt(messages, index)?.taskId === undefined ? index : -1
}

/** The answer to a task so far. */
function answerOf(log: LogState, task: TaskKey): ChatMessage | undefined {
  const { messages } = log
  const answer = messageAt(messages, indexOfTask(messages, task.taskId, 'assistant'))
  if (answer) return answer
  const input = indexOfInput(log, task)
  const next = input < 0 || input + 1 >= lengthOf(messages) ? undefined : messageAt(messages, input + 1)
  return next?.role === 'assistant' && next.taskId === undefined ? next : undefined
}

/** Whether the log was read to that position, or a join asked for later has shown that the log ends before it. */
export function isReadTo(
  { cursor, lastCompletedJoin }: ReadLog,
  { epoch, offset }: Position,
  joinsWhenAccepted: number,
): boolean {
  return (cursor?.epoch === epoch && cursor.offset >= offset) || lastCompletedJoin > joinsWhenAccepted
}

/** Whether the log held here ever contained the task, even if nothing is left of it. */
export function isStoredIn({ log, cursor }: Pick<ReadLog, 'log' | 'cursor'>, task: OutgoingTask): boolean {
  const { position } = task
  return (
    isInLog(log, task) ||
    (position !== null && position.epoch === cursor?.epoch && position.offset <= cursor.offset)
  )
}

/** Reads the state of this client's task from the log. Pure. */
export function statusInLog(read: ReadLog, local: OutgoingTask): LoggedStatus {
  const { taskId, position, joinsWhenAccepted } = local
  const { log } = read
  const task = log.tasks.get(taskId)
  if (task) {
    const { state, attempt, error } = task
    return state === 'failed' && error ? { state, attempt, error } : { state: 'running', attempt }
  }
  // If nothing is left of it, it was stopped or removed since.
  if (isStoredIn(read, local)) return { state: 'ended' }
  if (position === null) return { state: 'absent' }
  // Otherwise it was stored in a log that was lost, or that has lost its end.
  return isReadTo(read, position, joinsWhenAccepted) ? { state: 'lost' } : { state: 'running', attempt: 1 }
}

/** Whether a changed log shows that the task arrived, or that a failed one is over: it ended, or another client removed it. Pure. */
export function newsOf(read: ReadLog, task: OutgoingTask): 'accepted' | 'over' | undefined {
  const { phase, position, stopping } = task
  if (phase === 'accepted' && position?.epoch === read.cursor?.epoch) return undefined
  if (phase !== 'failed') return isInLog(read.log, task) ? 'accepted' : undefined
  if (stopping) return undefined
  const isOver = position ? statusInLog(read, task).state === 'ended' : isInLog(read.log, task)
  return isOver ? 'over' : undefined
}

/** How a task ended. Neither an answer nor an error: it was stopped, or `isOutOfSight`. */
export interface TaskOutcome {
  readonly answer?: ChatMessage
  readonly error?: AppError
  /** The task recorded a decision on a tool call; `answer` is the message of the call, whose other calls still wait. */
  readonly isOfAnother?: boolean
  /** The answer may be complete, in the history that is not loaded. */
  readonly isOutOfSight?: boolean
}

export type ToolInput = Extract<SendInput, { kind: 'tool' }>

/** Whether a part is the call that an input answers. */
export const isCallOf =
  ({ tool_call_id }: ToolInput) =>
  (part: ChatPart): part is ToolPart =>
    part.type === 'tool' && part.toolCallId === tool_call_id

const messageWithPart = ({ messages }: LogState, is: (part: ChatPart) => boolean) =>
  toArray(messages).findLast(({ parts }) => parts.some(is))

function answeredMessage(log: LogState, { input }: OutgoingTask): ChatMessage | undefined {
  if (input?.kind !== 'tool') return undefined
  const isCall = isCallOf(input)
  return messageWithPart(log, (part) => isCall(part) && part.error !== 'stopped')
}

/** How the log says that a task ended which is over. Pure. */
export function outcomeInLog(log: LogState, task: OutgoingTask): TaskOutcome {
  const answer = answerOf(log, task)
  // After a stop whose log was lost, the new log may say that the answer failed.
  if (answer?.error) return { error: answer.error }
  if (answer && (answer.status === 'complete' || answer.parts.length > 0)) return { answer }
  const question = answer || task.stopping ? undefined : answeredMessage(log, task)
  // An answer that failed was the failure of another task; this one was removed with what another page did.
  if (question && question.status !== 'failed') return { answer: question, isOfAnother: true }
  return { isOutOfSight: !task.stopping && log.hasOlder && !isInLog(log, task) }
}

/** The same for two values that differ in the order of their keys alone: a server's database may keep another order. */
const jsonKey = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  )

type Content = Pick<WireMessage, 'parts' | 'metadata'>

const contentKey = ({ parts, metadata = {} }: Content) => jsonKey([parts, metadata])

/**
 * The same for two inputs that ask for the same, so that the second one is a double click or another tab's: the same answer to a
 * call, a new answer instead of the same one, the same new content for the same message. Two messages are never the same.
 */
export function intentKey(input: SendInput): string {
  switch (input.kind) {
    case 'message':
      return input.message.id
    case 'regenerate':
      return jsonKey([input.message_id])
    case 'edit':
      return jsonKey([input.message_id, contentKey(input.message)])
    case 'tool': {
      const { tool_call_id, output, error, approved } = input
      return jsonKey([tool_call_id, output, error, approved])
    }
  }
}

/** Earlier work with the same effect as an input: a task, whose outcome is shared, or the message that holds the answered call. */
export type Done = { readonly taskId: string } | { readonly messageId: string }

/** Whether the log shows that an input's request is done already. Pure. */
export function doneInLog(log: LogState, input: SendInput | null): Done | undefined {
  switch (input?.kind) {
    case 'tool': {
      const message = messageWithPart(log, (part) => isAnswered(part, input))
      return message && { messageId: message.id }
    }
    case 'regenerate':
    case 'edit': {
      const taskId = log.replacedBy.get(input.message_id)
      const edit = editOf(log, taskId)
      const isSame =
        input.kind === 'regenerate'
          ? !edit
          : edit && contentKey(toContent(edit)) === contentKey(input.message)
      return taskId !== undefined && isSame ? { taskId } : undefined
    }
    default:
      return undefined
  }
}

/** How earlier work ended; undefined while it goes on. Without an answer and an error it was stopped. Pure. */
export function outcomeOf(log: LogState, done: Done): TaskOutcome | undefined {
  if ('taskId' in done) {
    const task = log.tasks.get(done.taskId)
    if (!task) return outcomeInLog(log, newOutgoingTask(done.taskId, null))
    return task.error && { error: task.error }
  }
  // The log does not say which task answered the call, but the task began at the call's message.
  const task = [...log.tasks.values()].find(({ inputId }) => inputId === done.messageId)
  if (task) return task.error && { error: task.error }
  const index = indexOfMessage(log.messages, done.messageId)
  const next = index < 0 ? undefined : messageAt(log.messages, index + 1)
  const answer = next?.role === 'assistant' ? next : messageAt(log.messages, index)
  if (answer?.status === 'streaming') return undefined
  return answer?.error ? { error: answer.error } : answer ? { answer } : {}
}

/** The id under which a message that was edited stands in the log now. */
export function currentId(log: LogState, messageId: string): string {
  let id = messageId
  for (let edits = 0; edits <= log.replacedBy.size; edits++) {
    const edit = editOf(log, log.replacedBy.get(id))
    if (!edit) return id
    id = edit.id
  }
  return id
}

function editOf({ messages }: LogState, taskId: string | undefined): ChatMessage | undefined {
  return taskId === undefined ? undefined : messageAt(messages, indexOfTask(messages, taskId, 'user'))
}

const toContent = ({ parts, metadata }: ChatMessage): Content => ({
  parts: parts.map(partToWire),
  ...(metadata && { metadata: { ...metadata } }),
})

function isAnswered(part: ChatPart, input: ToolInput): boolean {
  if (!isCallOf(input)(part)) return false
  const { state, output, error } = part
  if (input.approved === false) return state === 'denied'
  // An approved call runs, and may have ended since.
  if (input.approved) return state === 'running' || state === 'output' || state === 'error'
  if (input.error !== undefined) return state === 'error' && error === input.error
  return state === 'output' && jsonKey(output) === jsonKey(input.output)
}
