import type { SendInput, WireMessage } from '../../protocol/events.js'
import { refusals } from '../refusals.js'
import type { StoredEvent } from '../store/stored-event.js'
import type { ConversationState } from './conversation-state.js'
import { isAbout } from './task-record.js'
import { endCalls, findToolCall, partEvent, type ToolPart } from './tool-calls.js'

type InputOf<Kind extends SendInput['kind']> = Extract<SendInput, { kind: Kind }>

/**
 * The events by which a new task's input enters the log, in one step.
 *
 * @throws AppError if the conversation, as it is, has no place for the input.
 */
export function acceptInput(state: ConversationState, taskId: string, input: SendInput): StoredEvent[] {
  switch (input.kind) {
    case 'message':
      return [newMessage(state, taskId, input.message)]
    case 'regenerate':
      return truncateFrom(state, taskId, input.message_id, 'assistant')
    case 'edit': {
      const truncation = truncateFrom(state, taskId, input.message_id, 'user')
      const kept = state.messages.indexOf(input.message_id)
      return [...truncation, newMessage(state, taskId, input.message, kept)]
    }
    case 'tool':
      return [answerTool(state, taskId, input)]
  }
}

/** @param kept how many messages stay, if the message comes after a truncation. */
function newMessage(
  { messages }: ConversationState,
  taskId: string,
  message: WireMessage,
  kept = messages.size,
): StoredEvent {
  if (messages.has(message.id) && messages.indexOf(message.id) < kept)
    throw refusals.taskConflict('another task has a message of this id')
  return { type: 'message', task_id: taskId, message }
}

function truncateFrom(
  state: ConversationState,
  taskId: string,
  messageId: string,
  role: 'user' | 'assistant',
): StoredEvent[] {
  if (state.messages.get(messageId)?.role !== role)
    throw refusals.unknownMessage(`there is no ${role} message of this id`)
  const removed = state.messages.slice(state.messages.indexOf(messageId))
  const removedIds = new Set(removed.map(({ id }) => id))
  const stops: StoredEvent[] = []
  for (const task of state.tasks.open()) {
    if (!isAbout(task, removedIds)) continue
    // A call that stays, because it stands in an earlier answer, would be shown as running for ever.
    const calls = endCalls(state, task.taskId, 'stopped')
    stops.push(...calls.filter(({ message_id }) => !removedIds.has(message_id)))
    // A reader who has no message of the task can't see that it goes with what is removed, so the log says it.
    const isSeen = removed.some((message) => message.task_id === task.taskId)
    if (!isSeen) stops.push({ type: 'stop', task_id: task.taskId })
  }
  return [...stops, { type: 'truncate', task_id: taskId, from_message_id: messageId }]
}

function answerTool(state: ConversationState, taskId: string, input: InputOf<'tool'>): StoredEvent {
  const call = findToolCall(state, input.tool_call_id)
  if (!call || !(call.part.state === 'approval' || call.part.state === 'input'))
    throw refusals.unknownMessage('no tool call of this id waits for an answer')
  return partEvent(taskId, call, answered(call.part, input))
}

/** The call as it is stored, with the answer: nothing else of it is the answerer's to say. */
function answered(part: ToolPart, { output, error, approved, reason }: InputOf<'tool'>): ToolPart {
  if (part.state === 'input') {
    if (error !== undefined) return { ...part, state: 'error', error }
    if (output === undefined)
      throw refusals.invalidMessage('the tool call waits for input.output or input.error')
    return { ...part, state: 'output', output }
  }
  if (approved === undefined) throw refusals.invalidMessage('the tool call waits for input.approved')
  return { ...part, state: approved ? 'running' : 'denied', ...(reason !== undefined && { reason }) }
}

/** The events that end a task which is not over. A task that is not known yet leaves its stop, and finds it when it comes. */
export function stopEvents(state: ConversationState, taskId: string): StoredEvent[] {
  const messageId = state.tasks.get(taskId)?.messageId
  const stop: StoredEvent =
    messageId === undefined
      ? { type: 'stop', task_id: taskId }
      : { type: 'stop', task_id: taskId, message_id: messageId }
  return [...endCalls(state, taskId, 'stopped'), stop]
}
