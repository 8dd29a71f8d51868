import type { SendInput, WireMessage } from '../../src/protocol/events.js'
import { type ConversationState, indexOfMessage, isAbout, isOpen } from './conversation-state.js'
import type { NewEvent } from './new-event.js'
import { refusals } from './refusals.js'
import { endCalls, findToolCall, partEvent, type ToolPart } from './tool-calls.js'

type InputOf<Kind extends SendInput['kind']> = Extract<SendInput, { kind: Kind }>

/**
 * The events by which a new task's input enters the log, in one step.
 *
 * @throws AppError where the conversation, as it is, has no place for the input.
 */
export function acceptInput(state: ConversationState, taskId: string, input: SendInput): NewEvent[] {
  switch (input.kind) {
    case 'message':
      return [newMessage(state.messages, taskId, input.message)]
    case 'regenerate':
      return truncateFrom(state, taskId, input.message_id, 'assistant')
    case 'edit': {
      const truncation = truncateFrom(state, taskId, input.message_id, 'user')
      const kept = state.messages.slice(0, indexOfMessage(state, input.message_id))
      return [...truncation, newMessage(kept, taskId, input.message)]
    }
    case 'tool':
      return [answerTool(state, taskId, input)]
  }
}

function newMessage(messages: readonly WireMessage[], taskId: string, message: WireMessage): NewEvent {
  if (messages.some(({ id }) => id === message.id))
    throw refusals.taskConflict('another task has a message of this id')
  return { type: 'message', task_id: taskId, message }
}

function truncateFrom(
  state: ConversationState,
  taskId: string,
  messageId: string,
  role: 'user' | 'assistant',
) {
  const index = indexOfMessage(state, messageId)
  if (state.messages[index]?.role !== role)
    throw refusals.unknownMessage(`there is no ${role} message of this id`)
  const removed = state.messages.slice(index)
  const removedIds = new Set(removed.map(({ id }) => id))
  const stops: NewEvent[] = []
  for (const task of state.tasks.values()) {
    if (!isOpen(task) || !isAbout(task, removedIds)) continue
    // A call that stays, because it stands in an earlier answer, would be shown as running for ever.
    const calls = endCalls(state, task.task_id, 'stopped')
    stops.push(...calls.filter(({ message_id }) => !removedIds.has(message_id)))
    // A reader who has no message of the task can't see that it goes with what is removed, so the log says it.
    const seen = removed.some((message) => message.task_id === task.task_id)
    if (!seen) stops.push({ type: 'stop', task_id: task.task_id })
  }
  return [...stops, { type: 'truncate', task_id: taskId, from_message_id: messageId } satisfies NewEvent]
}

function answerTool(state: ConversationState, taskId: string, input: InputOf<'tool'>): NewEvent {
  const call = findToolCall(state, input.tool_call_id)
  if (!call || !(call.part.state === 'approval' || call.part.state === 'input')) {
    throw refusals.unknownMessage('no tool call of this id waits for an answer')
  }
  return partEvent(taskId, call, answered(call.part, input))
}

/** The call as it is stored, with the answer: nothing else of it is the answerer's to say. */
function answered(part: ToolPart, { output, error, approved, reason }: InputOf<'tool'>): ToolPart {
  if (part.state === 'input') {
    if (error !== undefined) return { ...part, state: 'error', error }
    if (output === undefined) throw refusals.invalidMessage('the tool call waits for input.output')
    return { ...part, state: 'output', output }
  }
  if (approved === undefined) throw refusals.invalidMessage('the tool call waits for input.approved')
  return { ...part, state: approved ? 'running' : 'denied', ...(reason !== undefined && { reason }) }
}

/** The events that end a task which is not over. A task that is not known yet leaves its stop, and finds it when it comes. */
export function stopEvents(state: ConversationState, taskId: string): NewEvent[] {
  const task = state.tasks.get(taskId)
  const stop: NewEvent =
    task?.message_id === undefined
      ? { type: 'stop', task_id: taskId }
      : { type: 'stop', task_id: taskId, message_id: task.message_id }
  return [...endCalls(state, taskId, 'stopped'), stop]
}
