import type { WireMessageStatus } from '../../protocol/events.js'
import type { PlacedEvent, StoredEvent, StoredMessage, StoredPart } from '../store/stored-event.js'
import { type ConversationState, messageChanged, messageRemoved, sizeOf } from './conversation-state.js'
import { copyMessage } from './message-list.js'
import { taskChanges } from './task-changes.js'
import type { TaskRecord } from './task-record.js'

type EventOf<Type extends StoredEvent['type']> = Extract<StoredEvent, { type: Type }>

/** Applies one event to the conversation. An event about a message that is not there changes its task alone. */
export function foldEvent(state: ConversationState, placed: PlacedEvent): void {
  const { event, at, offset } = placed
  // The tasks first: what a truncation stops is found by the messages that it removes.
  const changed = taskChanges(state.tasks, [event], state.messages, placed)
  foldMessages(state, event, at)
  for (const task of changed) setTask(state, task)
  state.end = offset
}

/** Puts a task's record in its place, and says on its messages how far it is. */
export function setTask(state: ConversationState, task: TaskRecord): void {
  state.tasks.set(task.taskId, task)
  for (const id of [task.inputMessageId, task.messageId]) {
    const message = state.messages.get(id)
    if (message && message.task_id === task.taskId) mark(state, message, task)
  }
}

const answerStatus: Record<TaskRecord['state'], WireMessageStatus> = {
  queued: 'streaming',
  running: 'streaming',
  finished: 'complete',
  stopped: 'stopped',
  failed: 'failed',
}

function mark(state: ConversationState, message: StoredMessage, task: TaskRecord): void {
  const isAsked = message.role === 'user' && task.state !== 'failed'
  const status = isAsked ? 'complete' : answerStatus[task.state]
  if (message.status === status && message.attempt === task.attempt && message.error === task.error) return
  message.status = status
  message.attempt = task.attempt
  if (task.error) message.error = task.error
  else delete message.error
  messageChanged(state, message.id)
}

function foldMessages(state: ConversationState, event: StoredEvent, at: number): void {
  switch (event.type) {
    case 'message':
      addMessage(state, event)
      break
    case 'truncate':
      truncate(state, event)
      break
    case 'start':
      startAnswer(state, event, at)
      break
    case 'delta':
      changeMessage(state, event.message_id, (message) => {
        state.size += event.text.length
        appendText(message.parts, event)
      })
      break
    case 'part':
      changeMessage(state, event.message_id, (message) => {
        state.size += sizeOf(event.value) - sizeOf(message.parts[event.part])
        message.parts.splice(event.part, 1, { ...event.value })
      })
      break
    case 'meta':
      changeMessage(state, event.message_id, (message) => addMetadata(state, message, event.metadata))
      break
    case 'finish':
      changeMessage(state, event.message_id, (message) => {
        addMetadata(state, message, event.metadata)
        if (event.finish_reason !== undefined) message.finish_reason = event.finish_reason
      })
      break
  }
}

function changeMessage(
  state: ConversationState,
  id: string | undefined,
  change: (message: StoredMessage) => void,
): void {
  const message = state.messages.get(id)
  if (!message || id === undefined) return
  change(message)
  messageChanged(state, id)
}

function addMetadata(
  state: ConversationState,
  message: StoredMessage,
  added: StoredMessage['metadata'] = {},
): void {
  if (Object.keys(added).length === 0) return
  const merged = { ...message.metadata, ...added }
  state.size += sizeOf(merged) - sizeOf(message.metadata)
  message.metadata = merged
}

function appendText(parts: StoredPart[], { part: index, text, private: added }: EventOf<'delta'>): void {
  const part = parts[index]
  if (part === undefined) parts.push({ type: 'text', text, ...(added && { private: added }) })
  else if (part.type === 'text' || part.type === 'reasoning') {
    part.text += text
    if (added) part.private = { ...part.private, ...added }
  } else if (part.type === 'tool' && part.state === 'streaming')
    part.input_text = `${part.input_text ?? ''}${text}`
}

function truncate(state: ConversationState, event: EventOf<'truncate'>): void {
  const index = state.messages.indexOf(event.from_message_id)
  if (index < 0) return
  for (const { id } of state.messages.removeFrom(index)) messageRemoved(state, id)
  // Counted anew: what was added piece by piece is only near what a whole message takes.
  state.size = state.messages.slice().reduce((sum, message) => sum + sizeOf(message), 0)
}

function addMessage(state: ConversationState, { message, task_id }: EventOf<'message'>): void {
  const { messages } = state
  const added = copyMessage(message)
  if (task_id !== undefined) added.task_id = task_id
  const held = messages.get(message.id)
  state.size += sizeOf(added) - (held ? sizeOf(held) : 0)
  messageChanged(state, message.id)
  if (!held) {
    messages.insert(messages.size, added)
    return
  }
  // A replaced message says nothing of its task, so it keeps what is known of that.
  const { status, attempt, error } = held
  messages.replace({
    ...added,
    ...(status && { status }),
    ...(attempt !== undefined && { attempt }),
    ...(error && { error }),
  })
}

function startAnswer(state: ConversationState, event: EventOf<'start'>, at: number): void {
  const { messages } = state
  const { message_id: id, task_id } = event
  const created_at = new Date(at).toISOString()
  const answer: StoredMessage = { id, role: 'assistant', parts: [], created_at, task_id }
  const held = messages.get(id)
  state.size += sizeOf(answer) - (held ? sizeOf(held) : 0)
  messageChanged(state, id)
  if (held) {
    messages.replace(answer)
    return
  }
  const question = messages.findLastIndex((message) => message.task_id === task_id && message.role === 'user')
  messages.insert(question < 0 ? messages.size : question + 1, answer)
}
