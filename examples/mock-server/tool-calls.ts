import type { WireMessage, WirePart } from '../../src/protocol/events.js'
import { type ConversationState, indexOfMessage, type TaskRecord } from './conversation-state.js'
import type { NewEvent } from './new-event.js'

export type ToolPart = Extract<WirePart, { type: 'tool' }>

/** Where a call stands. */
interface ToolCall {
  readonly message: WireMessage
  readonly index: number
  readonly part: ToolPart
}

/** Why a call was ended with its task. Of a task that was stopped it is over; one that failed may be retried. */
type Ending = 'stopped' | 'failed' | 'interrupted'

export function findToolCall(state: ConversationState, toolCallId: string): ToolCall | undefined {
  for (const message of state.messages.toReversed()) {
    // What a person's message says about a call, no model has called.
    if (message.role !== 'assistant') continue
    const call = callsOf(message).find(({ part }) => part.tool_call_id === toolCallId)
    if (call) return call
  }
  return undefined
}

/** The events that end what a task runs, before the one that ends the task: nobody runs these calls any more. */
export function endCalls(state: ConversationState, taskId: string, error: Ending): PartEvent[] {
  const task = state.tasks.get(taskId)
  if (!task) return []
  return callsBy(state, task)
    .filter(({ part }) => part.state === 'running' || part.state === 'streaming')
    .map((call) => partEvent(taskId, call, { ...call.part, state: 'error', error }))
}

/** The event by which another attempt goes on with the call that was approved, where the last one's failure ended it. */
export function resumeCall(state: ConversationState, { task_id, input }: TaskRecord): PartEvent[] {
  const call = input?.kind === 'tool' && input.approved ? findToolCall(state, input.tool_call_id) : undefined
  if (call?.part.error !== 'failed' && call?.part.error !== 'interrupted') return []
  const { error: _over, ...part } = call.part
  return [partEvent(task_id, call, { ...part, state: 'running' })]
}

/** The calls that a task runs: the one that it was sent to answer, and those of its own answer that no task answers. */
function callsBy(state: ConversationState, task: TaskRecord): ToolCall[] {
  const answer = state.messages[task.message_id === undefined ? -1 : indexOfMessage(state, task.message_id)]
  const answeredIds = new Set([...state.tasks.values()].map(answeredCallId))
  const own = answer ? callsOf(answer).filter(({ part }) => !answeredIds.has(part.tool_call_id)) : []
  const answeredId = answeredCallId(task)
  const answered = answeredId === undefined ? undefined : findToolCall(state, answeredId)
  return answered ? [...own, answered] : own
}

const answeredCallId = ({ input }: TaskRecord) => (input?.kind === 'tool' ? input.tool_call_id : undefined)

function callsOf(message: WireMessage): ToolCall[] {
  return message.parts.flatMap((part, index) =>
    part.type === 'tool' ? [{ message, index, part: part as ToolPart }] : [],
  )
}

type PartEvent = Extract<NewEvent, { type: 'part' }>

/** Sets a call where it stands, by a task's event. */
export function partEvent(taskId: string, { message, index }: ToolCall, value: ToolPart): PartEvent {
  return { type: 'part', task_id: taskId, message_id: message.id, part: index, value }
}
