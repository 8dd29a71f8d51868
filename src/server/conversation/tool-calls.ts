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

/**
 * Whether another task goes on in place of this one. An answer may ask for several calls; each decision on a call is a task of
 * its own, and the answer is gone on with once, by the task of the last decision.
 */
export function isLeftToAnother(state: ConversationState, task: TaskRecord): boolean {
  const message = answeredMessage(state, task)
  if (!message) return false
  if (callsOf(message).some(({ part }) => part.state === 'approval' || part.state === 'input')) return true
  const queued = [...state.tasks.open()].filter(({ state }) => state === 'queued')
  const later = queued.slice(queued.findIndex(({ taskId }) => taskId === task.taskId) + 1)
  return later.some((other) => answeredMessage(state, other) === message)
}

/** The approved calls that a task carries out: all of the message that it was sent to answer a call of. */
export function callsToRun(state: ConversationState, task: TaskRecord): ToolCall[] {
  const message = answeredMessage(state, task)
  return message ? callsOf(message).filter(({ part }) => part.state === 'running') : []
}

export const runsCall = ({ parts }: StoredMessage): boolean =>
  parts.some((part) => isTool(part) && part.state === 'running')

/**
 * A message as a run is shown it: an approved call that another task carries out counts as unanswered, so that this run
 * neither carries it out nor takes it for one that is under way.
 */
export function shownToRun(message: StoredMessage, toRun: readonly ToolCall[]): StoredMessage {
  if (message.role !== 'assistant' || !runsCall(message)) return message
  const own = new Set(toRun.map(({ part }) => part.tool_call_id))
  const parts = message.parts.map(
    (part): StoredPart =>
      isTool(part) && part.state === 'running' && !own.has(part.tool_call_id)
        ? { ...part, state: 'approval' }
        : part,
  )
  return { ...message, parts }
}

/** The ids of all calls in the log, but for those of one answer. */
export function callIdsBeside({ messages }: Messages, answerId: string): Set<string> {
  const ids = new Set<string>()
  for (const { id, role, parts } of messages.slice())
    if (role === 'assistant' && id !== answerId)
      for (const part of parts) if (isTool(part)) ids.add(part.tool_call_id)
  return ids
}

/** The events that end what a task runs, before the one that ends the task: these calls no longer run. */
export function endCalls(state: ConversationState, taskId: string, error: Ending): PartEvent[] {
  const task = state.tasks.get(taskId)
  if (!task) return []
  const own = callsOfAnswer(state, task).map((call) =>
    partEvent(taskId, call, { ...call.part, state: 'error', error }),
  )
  const answered = callsAnswered(state, task).map((call) => {
    const ended: ToolPart = { ...call.part, state: 'error', error }
    if (error === 'stopped') return partEvent(taskId, call, ended)
    return partEvent(taskId, call, { ...ended, private: { ...call.part.private, [ENDED_BY]: taskId } })
  })
  return [...own, ...answered]
}

/** The events by which another attempt goes on with the approved calls that the last attempt's failure ended. */
export function resumeCalls(state: ConversationState, task: TaskRecord): PartEvent[] {
  const message = answeredMessage(state, task)
  if (!message) return []
  const ended = callsOf(message).filter(({ part }) => part.private?.[ENDED_BY] === task.taskId)
  return ended.map((call) => {
    const { error: _over, private: { [ENDED_BY]: _by, ...kept } = {}, ...part } = call.part
    const restored: ToolPart = { ...part, state: 'running' }
    return partEvent(
      task.taskId,
      call,
      Object.keys(kept).length > 0 ? { ...restored, private: kept } : restored,
    )
  })
}

/** Names, in a call's private data, the task whose end has ended the call: a tool may fail with the same words. */
const ENDED_BY = 'endedBy'

const isUnderWay = ({ part }: ToolCall) => part.state === 'running' || part.state === 'streaming'

/** The calls under way of a task's own answer. Calls that another task answers are that task's. */
function callsOfAnswer(state: ConversationState, task: TaskRecord): ToolCall[] {
  const answer = state.messages.get(task.messageId)
  const answeredIds = new Set([...state.tasks.open()].map(answeredCallId))
  return answer
    ? callsOf(answer).filter((call) => isUnderWay(call) && !answeredIds.has(call.part.tool_call_id))
    : []
}

/**
 * The approved calls that end with a task: its own, and those whose tasks are over because they left the run to this one. A
 * message whose answer still runs has calls of that run beside them.
 */
function callsAnswered(state: ConversationState, task: TaskRecord): ToolCall[] {
  const message = answeredMessage(state, task)
  if (!message) return []
  const open = [...state.tasks.open()]
  const asker = open.find(({ state, messageId }) => state === 'running' && messageId === message.id)
  const others = new Set(open.filter(({ taskId }) => taskId !== task.taskId).map(answeredCallId))
  const own = answeredCallId(task)
  return callsOf(message).filter(
    (call) =>
      isUnderWay(call) && (call.part.tool_call_id === own || (!asker && !others.has(call.part.tool_call_id))),
  )
}

const answeredCallId = ({ input }: TaskRecord) => (input?.kind === 'tool' ? input.tool_call_id : undefined)

function answeredMessage(state: ConversationState, task: TaskRecord): StoredMessage | undefined {
  const callId = answeredCallId(task)
  return callId === undefined ? undefined : findToolCall(state, callId)?.message
}

const isTool = (part: StoredPart): part is ToolPart => part.type === 'tool'

function callsOf(message: StoredMessage): ToolCall[] {
  return message.parts.flatMap((part, index) => (isTool(part) ? [{ message, index, part }] : []))
}

/** Sets a call where it stands, by a task's event. */
export function partEvent(taskId: string, { message, index }: ToolCall, value: ToolPart): PartEvent {
  return { type: 'part', task_id: taskId, message_id: message.id, part: index, value }
}
