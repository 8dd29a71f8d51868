import type { AppError } from '../errors/app-error.js'
import { boundedMessage } from '../message/bounded-message.js'
import { growingText, withGrowingText } from '../message/growing-text.js'
import type { ChatMessage, ChatPart, MessageStatus } from '../message/message.js'
import { wholeCharacters } from '../message/whole-characters.js'
import { messageFromWire, partFromWire } from '../message/wire-message.js'
import type { ChatEvent } from '../protocol/events.js'
import {
  type LoggedTask,
  type LogState,
  type ReduceContext,
  withoutTask,
  withReplaced,
  withStatus,
  withTask,
} from './log-state.js'
import {
  append,
  indexOfMessage,
  indexOfTask,
  insertAt,
  keepBefore,
  lengthOf,
  type MessageList,
  messageAt,
  replaceAt,
  toArray,
} from './message-list.js'

/**
 * `invalid`: the event is well formed but cannot follow what is held, such as a part beyond the next one. `outside-window`: the
 * event belongs to older history, which is not held, so only the server can say what there is now.
 */
export type Reduced = LogState | 'invalid' | 'outside-window'

/** One event of the log, applied. An event about a message that is not held changes nothing but its task. */
export function reduce(state: LogState, event: ChatEvent, context: ReduceContext): Reduced {
  switch (event.type) {
    case 'delta':
      return grow(state, event, context, (message) => appendText(message, event.part, event.text))
    case 'part':
      return setPart(state, event, context)
    case 'message':
      return addMessage(state, event, context)
    case 'truncate':
      return truncate(state, event)
    case 'start':
      return start(state, event)
    case 'retry':
      return noteServerRetry(state, event, context)
    case 'finish':
      return change(end(state, event.task_id), event.message_id, (message) => ({
        ...withMetadata(concluded(message, 'complete'), event.metadata),
        ...(event.finish_reason !== undefined && { finishReason: event.finish_reason }),
      }))
    case 'meta':
      return grow(state, event, context, (message) => withMetadata(message, event.metadata))
    case 'stop':
      return stop(state, event)
    case 'error':
      return fail(state, event, context.translate(event))
  }
}

type EventOf<Type extends ChatEvent['type']> = Extract<ChatEvent, { type: Type }>

function change(
  state: LogState,
  messageId: string | undefined,
  apply: (message: ChatMessage) => ChatMessage | null,
): Reduced {
  const index = indexOfMessage(state.messages, messageId)
  const message = messageAt(state.messages, index)
  if (!message) return state
  const changed = apply(message)
  return changed === null ? 'invalid' : { ...state, messages: replaceAt(state.messages, index, changed) }
}

/** More of an answer, which is cut if it becomes too long. */
function grow(
  state: LogState,
  { task_id: taskId, message_id: messageId }: EventOf<'delta' | 'part' | 'meta'>,
  { maxMessageBytes }: ReduceContext,
  apply: (message: ChatMessage) => ChatMessage | null,
): Reduced {
  return change(underWay(state, taskId), messageId, (message) => {
    const grown = apply(message)
    return grown && boundedMessage(grown, maxMessageBytes)
  })
}

/** The answer as it is left when its attempt is over. */
const concluded = (message: ChatMessage, status: MessageStatus, error?: AppError): ChatMessage =>
  withStatus(wholeCharacters(message), status, error)

const withMetadata = (message: ChatMessage, metadata: ChatMessage['metadata']): ChatMessage =>
  metadata ? { ...message, metadata: { ...message.metadata, ...metadata } } : message

/** The parts with this one at its place, which may be the next one. */
const withPart = (parts: readonly ChatPart[], index: number, part: ChatPart): readonly ChatPart[] =>
  index < parts.length ? parts.with(index, part) : [...parts, part]

function appendText(message: ChatMessage, index: number, text: string): ChatMessage | null {
  const { parts, isCut } = message
  // The page keeps nothing that comes after the cut.
  if (isCut && index >= parts.length - 1) return message
  const part = index === parts.length ? emptyText : parts[index]
  if (!part || !grows(part)) return null
  return { ...message, parts: withPart(parts, index, withGrowingText(part, growingText(part) + text)) }
}

const emptyText: ChatPart = { type: 'text', text: '' }

const grows = (part: ChatPart): boolean =>
  part.type === 'text' || part.type === 'reasoning' || (part.type === 'tool' && part.state === 'streaming')

function setPart(state: LogState, event: EventOf<'part'>, context: ReduceContext): Reduced {
  const changed = grow(state, event, context, (message) => {
    if (message.isCut && event.part >= message.parts.length) return message
    if (event.part > message.parts.length) return null
    return { ...message, parts: withPart(message.parts, event.part, partFromWire(event.value)) }
  })
  if (typeof changed === 'string' || changed.tasks.has(event.task_id)) return changed
  // The first event of a task that answers a tool call: the call's message carries its input.
  return { ...changed, tasks: withTask(changed.tasks, queued(event.task_id, event.message_id)) }
}

const queued = (taskId: string, inputId?: string): LoggedTask => ({
  taskId,
  attempt: 1,
  state: 'queued',
  inputId,
})

function addMessage(
  state: LogState,
  event: EventOf<'message'>,
  { translate, maxMessageBytes }: ReduceContext,
): Reduced {
  const message = boundedMessage(messageFromWire(event.message, translate, event.task_id), maxMessageBytes)
  const index = indexOfMessage(state.messages, message.id)
  const there = messageAt(state.messages, index)
  if (there && there.role !== message.role) return 'invalid'
  // The events of its task have said how it ended.
  const messages = there
    ? replaceAt(state.messages, index, withStatus(message, there.status, there.error))
    : append(state.messages, message)
  return { ...state, messages, tasks: withInput(state, event) }
}

/** The first message of a task begins it. A later one, or one that takes the place of another, begins nothing anew. */
function withInput({ tasks, messages }: LogState, { task_id: taskId, message }: EventOf<'message'>) {
  if (taskId === undefined) return tasks
  const task = tasks.get(taskId)
  if (task) return message.role === 'user' ? withTask(tasks, { ...task, inputId: message.id }) : tasks
  return indexOfTask(messages, taskId) < 0 ? withTask(tasks, queued(taskId, message.id)) : tasks
}

function truncate(state: LogState, event: EventOf<'truncate'>): Reduced {
  const index = indexOfMessage(state.messages, event.from_message_id)
  if (index < 0 && state.hasOlder) return 'outside-window'
  const end = index < 0 ? lengthOf(state.messages) : index
  const kept = keepBefore(state.messages, end)
  const removed = new Set<string | undefined>()
  for (const { id } of toArray(state.messages).slice(end)) removed.add(id)
  const tasks = new Map(state.tasks)
  let messages = kept
  for (const { taskId, inputId, messageId } of state.tasks.values()) {
    if (!removed.has(inputId) && !removed.has(messageId)) continue
    tasks.delete(taskId)
    messages = showInput(messages, taskId, 'sent')
  }
  // A regeneration has no message of its own; it answers what stands last now, and goes where that goes.
  const { task_id: taskId, from_message_id: from } = event
  if (taskId === undefined) return { ...state, messages, tasks }
  tasks.set(taskId, queued(taskId, messageAt(kept, end - 1)?.id))
  return { ...state, messages, tasks, replacedBy: withReplaced(state, from, taskId) }
}

function start(state: LogState, event: EventOf<'start'>): Reduced {
  const index = indexOfMessage(state.messages, event.message_id)
  const there = messageAt(state.messages, index)
  // An attempt may empty its own answer, and nothing that a person wrote.
  if (there && there.role !== 'assistant') return 'invalid'
  const before = state.tasks.get(event.task_id)
  const inputId = before?.inputId
  // Of a task that a snapshot named without its input, the answer may belong before what is held.
  if (before && inputId === undefined && !there && state.hasOlder) return 'outside-window'
  const tasks = withTask(state.tasks, {
    taskId: event.task_id,
    attempt: event.attempt,
    state: 'running',
    inputId,
    messageId: event.message_id,
  })
  const answer: ChatMessage = {
    id: event.message_id,
    role: 'assistant',
    parts: [],
    createdAt: event.timestamp,
    status: 'streaming',
    taskId: event.task_id,
  }
  const messages = showInput(state.messages, event.task_id, 'sent')
  if (index >= 0) return { ...state, tasks, messages: replaceAt(messages, index, answer) }
  const input = indexOfTask(messages, event.task_id, 'user')
  const position = input < 0 ? lengthOf(messages) : input + 1
  return { ...state, tasks, messages: insertAt(messages, position, answer) }
}

function showInput(messages: MessageList, taskId: string, status: 'sent' | 'failed', error?: AppError) {
  const index = indexOfTask(messages, taskId, 'user')
  const message = messageAt(messages, index)
  return message ? replaceAt(messages, index, withStatus(message, status, error)) : messages
}

function noteServerRetry(
  state: LogState,
  event: EventOf<'retry'>,
  { translate, now }: ReduceContext,
): LogState {
  const task = state.tasks.get(event.task_id)
  if (!task) return state
  const error = translate({ ...event, type: 'error', error: '', retryable: true })
  const serverRetry = {
    taskId: task.taskId,
    attempt: event.try,
    maxAttempts: event.max_tries,
    nextRetryAt: now + event.delay_ms,
    error,
  }
  return { ...state, tasks: withTask(state.tasks, { ...task, serverRetry }) }
}

/** Text that arrives says that the server's own retry is over. */
function underWay(state: LogState, taskId: string): LogState {
  const task = state.tasks.get(taskId)
  if (!task?.serverRetry) return state
  return { ...state, tasks: withTask(state.tasks, { ...task, serverRetry: undefined }) }
}

function end(state: LogState, taskId: string): LogState {
  return {
    ...state,
    tasks: withoutTask(state.tasks, taskId),
    messages: showInput(state.messages, taskId, 'sent'),
  }
}

function stop(state: LogState, event: EventOf<'stop'>): Reduced {
  const messageId = event.message_id ?? state.tasks.get(event.task_id)?.messageId
  return change(end(state, event.task_id), messageId, (message) => concluded(message, 'stopped'))
}

function fail(state: LogState, event: EventOf<'error'>, error: AppError): Reduced {
  const { task_id: taskId, attempt } = event
  const before = state.tasks.get(taskId)
  const messageId = event.message_id ?? before?.messageId
  const failed: LogState = {
    ...state,
    tasks: withTask(state.tasks, {
      taskId,
      attempt,
      state: 'failed',
      inputId: before?.inputId,
      messageId,
      error,
    }),
    messages: showInput(state.messages, taskId, 'failed', error),
  }
  return change(failed, messageId, (message) => concluded(message, 'failed', error))
}
