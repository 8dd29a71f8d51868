import type { WirePart } from '../../protocol/events.js'
import type { PrivateData, StoredEvent, StoredMessage, StoredPart } from '../store/stored-event.js'
import type { ConversationState } from './conversation-state.js'
import type { TaskRecord } from './task-record.js'

export type ToolPart = Extract<WirePart, { type: 'tool' }> & { private?: PrivateData }
type PartEvent = Extract<StoredEvent, { type: 'part' }>

/** Where a call stands. */
export interface ToolCall {
  readonly message: StoredMessage
  readonly index: number
  readonly part: ToolPart
}

/** Why a call was ended with its task. Of a task that was stopped it is over; one that failed may be retried. */
type Ending = 'stopped' | 'failed' | 'interrupted'

type Messages = Pick<ConversationState, 'messages'>

/** Only in an answer: a call in a person's message was never made by a model. */
export function findToolCall({ messages }: Messages, toolCallId: string): ToolCall | undefined {
  const holds = (message: StoredMessage) =>
    message.role === 'assistant' &&
    message.parts.some((part) => isTool(part) && part.tool_call_id === toolCallId)
  const message = messages.at(messages.findLastIndex(holds))
  return message && holds(message)
    ? callsOf(message).find(({ part }) => part.tool_call_id === toolCallId)
    : undefined
}

/** The calls in these messages that were approved, or are being run. */
export function runningCalls(messages: Iterable<StoredMessage>): ToolCall[] {
  const found: ToolCall[] = []
  for (const message of messages) {
    if (message.role !== 'assistant') continue
    for (const [index, part] of message.parts.entries())
      if (isTool(part) && part.state === 'running') found.push({ message, index, part })
  }
  return found
}

/** The events that end what a task runs, before the one that ends the task: these calls no longer run. */
export function endCalls(state: ConversationState, taskId: string, error: Ending): PartEvent[] {
  const task = state.tasks.get(taskId)
  if (!task) return []
  return callsBy(state, task)
    .filter(({ part }) => part.state === 'running' || part.state === 'streaming')
    .map((call) => partEvent(taskId, call, { ...call.part, state: 'error', error }))
}

/** The event by which another attempt goes on with the call that was approved, if the last one's failure ended it. */
export function resumeCall(state: ConversationState, { taskId, input }: TaskRecord): PartEvent[] {
  const call = input?.kind === 'tool' && input.approved ? findToolCall(state, input.tool_call_id) : undefined
  if (call?.part.error !== 'failed' && call?.part.error !== 'interrupted') return []
  const { error: _over, ...part } = call.part
  return [partEvent(taskId, call, { ...part, state: 'running' })]
}

/** The calls that a task runs: the one that it was sent to answer, and those of its own answer that no task answers. */
function callsBy(state: ConversationState, task: TaskRecord): ToolCall[] {
  const answer = state.messages.get(task.messageId)
  const answeredIds = new Set([...state.tasks.open()].map(answeredCallId))
  const own = answer ? callsOf(answer).filter(({ part }) => !answeredIds.has(part.tool_call_id)) : []
  const answeredId = answeredCallId(task)
  const answered = answeredId === undefined ? undefined : findToolCall(state, answeredId)
  return answered ? [...own, answered] : own
}

const answeredCallId = ({ input }: TaskRecord) => (input?.kind === 'tool' ? input.tool_call_id : undefined)

const isTool = (part: StoredPart): part is ToolPart => part.type === 'tool'

function callsOf(message: StoredMessage): ToolCall[] {
  return message.parts.flatMap((part, index) => (isTool(part) ? [{ message, index, part }] : []))
}

/** Sets a call where it stands, by a task's event. */
export function partEvent(taskId: string, { message, index }: ToolCall, value: ToolPart): PartEvent {
  return { type: 'part', task_id: taskId, message_id: message.id, part: index, value }
}
