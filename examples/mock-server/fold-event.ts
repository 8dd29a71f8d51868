import type { ChatEvent, UnknownWirePart, WireMessage, WirePart } from '../../src/protocol/events.js'
import type { LogStep, StoredConversation } from './conversation-log.js'
import {
  type ConversationState,
  emptyConversation,
  indexOfMessage,
  isAbout,
  isOpen,
  type TaskRecord,
} from './conversation-state.js'

type EventOf<Type extends ChatEvent['type']> = Extract<ChatEvent, { type: Type }>
type Parts = readonly (WirePart | UnknownWirePart)[]

export function rebuild({ epoch, steps }: StoredConversation): ConversationState {
  const state = emptyConversation(epoch)
  for (const step of steps) applyStep(state, step)
  return state
}

export function applyStep(state: ConversationState, { events, accepted }: LogStep): void {
  for (const event of events) {
    fold(state, event)
    state.offset = event.offset
    state.events.push(event)
  }
  const task = accepted && state.tasks.get(accepted.task_id)
  if (task) state.tasks.set(task.task_id, { ...task, input: accepted.input, stored_at: state.offset })
}

/** What one event does to the conversation. An event about a message that is not there changes its task alone. */
function fold(state: ConversationState, event: ChatEvent): void {
  switch (event.type) {
    case 'message':
      foldMessage(state, event)
      break
    case 'truncate':
      foldTruncate(state, event)
      break
    case 'start':
      foldStart(state, event)
      break
    case 'delta':
      changeParts(state, event.message_id, (parts) => appendText(parts, event.part, event.text))
      break
    case 'part':
      changeParts(state, event.message_id, (parts) => parts.toSpliced(event.part, 1, event.value))
      begin(state, event, event.message_id)
      break
    case 'meta':
      changeMessage(state, event.message_id, (message) => withMetadata(message, event.metadata))
      break
    case 'finish': {
      const { finish_reason, metadata } = event
      changeMessage(state, event.message_id, (message) => ({
        ...withMetadata(message, metadata),
        ...(finish_reason !== undefined && { finish_reason }),
      }))
      changeTask(state, event, { state: 'finished' })
      break
    }
    case 'stop':
      begin(state, event)
      changeTask(state, event, { state: 'stopped' })
      break
    case 'error': {
      const { conversation_id, epoch, offset, message_id, ...error } = event
      changeTask(state, event, { state: 'failed', attempt: event.attempt, error })
    }
  }
}

/** Makes the task at its first event; later ones find it made. */
function begin(state: ConversationState, event: ChatEvent, inputMessageId?: string) {
  const { task_id, offset } = event
  if (task_id === undefined || state.tasks.has(task_id)) return
  const task: TaskRecord = { task_id, stored_at: offset, state: 'queued', attempt: 1 }
  state.tasks.set(
    task_id,
    inputMessageId === undefined ? task : { ...task, input_message_id: inputMessageId },
  )
}

function changeTask(state: ConversationState, event: ChatEvent, change: Partial<TaskRecord>) {
  const task = event.task_id === undefined ? undefined : state.tasks.get(event.task_id)
  if (!task) return
  const { error: _over, ...rest } = task
  state.tasks.set(task.task_id, { ...rest, ...change })
}

function changeMessage(state: ConversationState, id: string, change: (message: WireMessage) => WireMessage) {
  const index = indexOfMessage(state, id)
  const message = state.messages[index]
  if (message) state.messages = state.messages.with(index, change(message))
}

const changeParts = (state: ConversationState, id: string, change: (parts: Parts) => Parts) =>
  changeMessage(state, id, (message) => ({ ...message, parts: [...change(message.parts)] }))

const withMetadata = (message: WireMessage, metadata: WireMessage['metadata']): WireMessage =>
  metadata ? { ...message, metadata: { ...message.metadata, ...metadata } } : message

function appendText(parts: Parts, index: number, text: string): Parts {
  const part = parts[index]
  if (part === undefined) return [...parts, { type: 'text', text }]
  if (part.type === 'text' || part.type === 'reasoning')
    return parts.with(index, { ...part, text: part.text + text })
  if (part.type !== 'tool' || part.state !== 'streaming') return parts
  return parts.with(index, { ...part, input_text: `${part.input_text ?? ''}${text}` })
}

function foldMessage(state: ConversationState, event: EventOf<'message'>) {
  const message: WireMessage = { ...event.message }
  if (event.task_id !== undefined) message.task_id = event.task_id
  const index = indexOfMessage(state, message.id)
  state.messages = index < 0 ? [...state.messages, message] : state.messages.with(index, message)
  begin(state, event, message.id)
  // An edit's first event was its truncate; the message is what it answers.
  const task = event.task_id === undefined ? undefined : state.tasks.get(event.task_id)
  if (task) state.tasks.set(task.task_id, { ...task, input_message_id: message.id })
}

function foldTruncate(state: ConversationState, event: EventOf<'truncate'>) {
  const index = indexOfMessage(state, event.from_message_id)
  if (index >= 0) {
    const removed = new Set(state.messages.slice(index).map(({ id }) => id))
    state.messages = state.messages.slice(0, index)
    for (const task of state.tasks.values()) {
      if (isOpen(task) && isAbout(task, removed)) {
        const { error: _over, ...rest } = task
        state.tasks.set(task.task_id, { ...rest, state: 'stopped' })
      }
    }
  }
  // A regeneration has no message of its own: it answers what stands last now.
  begin(state, event, state.messages.at(-1)?.id)
}

function foldStart(state: ConversationState, event: EventOf<'start'>) {
  begin(state, event)
  changeTask(state, event, { state: 'running', attempt: event.attempt, message_id: event.message_id })
  const { message_id: id, task_id, timestamp } = event
  const answer: WireMessage = { id, role: 'assistant', parts: [], created_at: timestamp, task_id }
  const index = indexOfMessage(state, id)
  if (index >= 0) {
    state.messages = state.messages.with(index, answer)
    return
  }
  const input = state.messages.findLastIndex(
    (message) => message.task_id === task_id && message.role === 'user',
  )
  state.messages = state.messages.toSpliced(input < 0 ? state.messages.length : input + 1, 0, answer)
}
