import { AppError } from '../errors/app-error.js'
import { boundedMessage } from '../message/bounded-message.js'
import type { ChatMessage, MessageStatus, RetryState } from '../message/message.js'
import { wholeOnceOver } from '../message/whole-characters.js'
import { messageFromWire, type Translate } from '../message/wire-message.js'
import type { Snapshot, WireMessage } from '../protocol/events.js'
import { emptyList, listOf, type MessageList, toArray } from './message-list.js'

/** The fold's needs besides the log. */
export interface ReduceContext {
  readonly translate: Translate
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  /** Bytes of memory that one message may take. */
  readonly maxMessageBytes: number
}

/** A task as the log shows it, from its first event until it is over. */
export interface LoggedTask {
  readonly taskId: string
  readonly attempt: number
  readonly state: 'queued' | 'running' | 'failed'
  /** The message that carries its input; if that is removed, the task is stopped. */
  readonly inputId?: string | undefined
  /** Its answer, once started. */
  readonly messageId?: string | undefined
  readonly error?: AppError | undefined
  /** The server tries again within one attempt; for the screen. */
  readonly serverRetry?: RetryState | undefined
}

/** The fold of every event up to the cursor. */
export interface LogState {
  readonly messages: MessageList
  readonly tasks: ReadonlyMap<string, LoggedTask>
  readonly hasOlder: boolean
  /** By the id of a message that was edited or answered anew, the task that did it; the latest 100. */
  readonly replacedBy: ReadonlyMap<string, string>
}

export const emptyLog: LogState = {
  messages: emptyList,
  tasks: new Map(),
  hasOlder: false,
  replacedBy: new Map(),
}

const maxReplaced = 100

export function withReplaced({ replacedBy }: LogState, messageId: string, taskId: string) {
  return new Map([...replacedBy, [messageId, taskId] as const].slice(-maxReplaced))
}

/** The message itself if that is its status already. */
export function withStatus(message: ChatMessage, status: MessageStatus, error?: AppError): ChatMessage {
  if (message.status === status && message.error === error) return message
  const { error: _gone, ...rest } = message
  return error ? { ...rest, status, error } : { ...rest, status }
}

export function withTask(tasks: ReadonlyMap<string, LoggedTask>, task: LoggedTask) {
  return new Map(tasks).set(task.taskId, task)
}

export function withoutTask(tasks: ReadonlyMap<string, LoggedTask>, taskId: string) {
  if (!tasks.has(taskId)) return tasks
  const rest = new Map(tasks)
  rest.delete(taskId)
  return rest
}

function sameContent(a: ChatMessage, b: ChatMessage): boolean {
  if (a.status !== b.status || a.error?.code !== b.error?.code) return false
  try {
    return JSON.stringify(a) === JSON.stringify(b)
  } catch {
    // Nested so deeply that it can't be compared.
    return false
  }
}

/** A message as an answer of the server has it, with the state of its task. */
export function messageOfLog(
  wire: WireMessage,
  { translate, maxMessageBytes }: ReduceContext,
  tasks: ReadonlyMap<string, LoggedTask> = new Map(),
): ChatMessage {
  const message = showTask(messageFromWire(wire, translate), tasks)
  return boundedMessage(wholeOnceOver(message), maxMessageBytes)
}

/** The conversation as a snapshot has it. Messages that it shows unchanged keep their identity. */
export function logFromSnapshot(snapshot: Snapshot, held: LogState, context: ReduceContext): LogState {
  const tasks = new Map<string, LoggedTask>()
  for (const { task_id: taskId, attempt, state, message_id, error } of snapshot.tasks) {
    if (state !== 'queued' && state !== 'running' && state !== 'failed') continue
    const own = snapshot.messages.filter((message) => message.task_id === taskId)
    const input = own.find(({ role }) => role === 'user')
    // The task need not name its answer if the answer names its task.
    const messageId = message_id ?? own.findLast(({ role }) => role === 'assistant')?.id
    tasks.set(taskId, {
      taskId,
      attempt,
      state,
      inputId: input?.id,
      messageId,
      error: state !== 'failed' ? undefined : error ? context.translate(error) : unexplained(),
    })
  }
  const before = new Map(toArray(held.messages).map((message) => [message.id, message]))
  const messages = snapshot.messages.map((wire) => {
    const message = messageOfLog(wire, context, tasks)
    const old = before.get(message.id)
    return old && sameContent(old, message) ? old : message
  })
  return { messages: listOf(messages), tasks, hasOlder: snapshot.has_older, replacedBy: held.replacedBy }
}

const unexplained = () =>
  new AppError({ code: 'interrupted', message: 'unable to finish; the server gives no reason' })

function showTask(message: ChatMessage, tasks: ReadonlyMap<string, LoggedTask>): ChatMessage {
  const task = message.taskId === undefined ? undefined : tasks.get(message.taskId)
  if (!task) return message
  const concerned = message.role === 'user' || message.id === task.messageId
  if (task.state === 'failed' && concerned) return withStatus(message, 'failed', task.error ?? message.error)
  if (task.state === 'running' && message.id === task.messageId) return withStatus(message, 'streaming')
  return message
}

/**
 * After a reconnect with a snapshot, what was loaded before its first message stays, if the log is the same one and
 * the snapshot begins within what is held.
 */
export function keepOlder(next: LogState, held: LogState): LogState {
  const shown = toArray(held.messages)
  const fresh = toArray(next.messages)
  const first = fresh[0]
  const from = first && next.hasOlder ? shown.findIndex((message) => message.id === first.id) : -1
  if (from < 1) return next
  const older = shown.slice(0, from)
  // The server gives again every message that may have changed since, and those before it.
  const kept = older.slice(older.findLastIndex((message) => mayChange(message, held)) + 1)
  const hasOlder = held.hasOlder || kept.length < older.length
  return { ...next, messages: listOf([...kept, ...fresh]), hasOlder }
}

/** While its task is not over, or a tool call in it waits for its result. */
function mayChange({ taskId, parts }: ChatMessage, { tasks }: LogState): boolean {
  const isOpen = taskId !== undefined && tasks.has(taskId)
  return (
    isOpen ||
    parts.some((part) => part.type === 'tool' && !['output', 'error', 'denied'].includes(part.state))
  )
}

/** How many messages that were shown are no longer there, leaving out those that a new page of history would bring. */
export function countVanished(next: LogState, held: LogState): number {
  const fresh = toArray(next.messages)
  const present = new Set(fresh.map((message) => message.id))
  const shown = toArray(held.messages)
  const start = next.hasOlder ? shown.findIndex((message) => message.id === fresh[0]?.id) : 0
  if (start < 0) return 0
  return shown.slice(start).filter((message) => !present.has(message.id)).length
}
