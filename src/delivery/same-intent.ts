import type { LogState } from '../event-log/log-state.js'
import { indexOfMessage, indexOfTask, messageAt, toArray } from '../event-log/message-list.js'
import type { ChatMessage, ToolPart } from '../message/message.js'
import { partToWire } from '../message/wire-message.js'
import type { SendInput, WireMessage } from '../protocol/events.js'
import { newOutgoingTask } from './outgoing-task.js'
import { outcomeInLog, type TaskOutcome } from './task-in-log.js'

type Input<Kind extends SendInput['kind']> = Extract<SendInput, { kind: Kind }>

/**
 * Whether two inputs ask for the same, so that the second one is a double click or another tab's: the same answer to a call,
 * a new answer instead of the same one, the same new content for the same message. Two messages are never the same.
 */
export function isSameIntent(a: SendInput, b: SendInput): boolean {
  if (a.kind === 'tool' && b.kind === 'tool')
    return a.tool_call_id === b.tool_call_id && answerKey(a) === answerKey(b)
  if (a.kind === 'regenerate' && b.kind === 'regenerate') return a.message_id === b.message_id
  if (a.kind === 'edit' && b.kind === 'edit')
    return a.message_id === b.message_id && hasSameContent(a.message, b.message)
  return false
}

const answerKey = ({ output, error, approved }: Input<'tool'>) => JSON.stringify([output, error, approved])

const contentKey = ({ parts, metadata = {} }: Pick<WireMessage, 'parts' | 'metadata'>) =>
  JSON.stringify([parts, metadata])

const hasSameContent = (a: WireMessage, b: WireMessage) => contentKey(a) === contentKey(b)

/** Earlier work with the same effect as an input: a task, whose outcome is shared, or the message that holds the answered call. */
export type Done = { readonly taskId: string } | { readonly messageId: string }

/** Whether the log shows that an input's request is done already. Pure. */
export function doneInLog(log: LogState, input: SendInput | null): Done | undefined {
  switch (input?.kind) {
    case 'tool': {
      const message = toArray(log.messages).findLast(({ parts }) =>
        parts.some((part) => isAnswered(part, input)),
      )
      return message && { messageId: message.id }
    }
    case 'regenerate': {
      const taskId = log.replacedBy.get(input.message_id)
      return taskId !== undefined && !editOf(log, taskId) ? { taskId } : undefined
    }
    case 'edit': {
      const taskId = log.replacedBy.get(input.message_id)
      const edit = editOf(log, taskId)
      const isSame = edit && contentKey(toContent(edit)) === contentKey(input.message)
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

const toContent = ({ parts, metadata }: ChatMessage): Pick<WireMessage, 'parts' | 'metadata'> => ({
  parts: parts.map(partToWire),
  ...(metadata && { metadata: { ...metadata } }),
})

function isAnswered(part: ChatMessage['parts'][number], input: Input<'tool'>): boolean {
  if (part.type !== 'tool' || part.toolCallId !== input.tool_call_id) return false
  const { state, output, error } = part as ToolPart
  if (input.approved === false) return state === 'denied'
  // An approved call runs, and may have ended since.
  if (input.approved) return state === 'running' || state === 'output' || state === 'error'
  if (input.error !== undefined) return state === 'error' && error === input.error
  return state === 'output' && JSON.stringify(output) === JSON.stringify(input.output)
}
