import type { ConversationState } from './conversation-state.js'
import { indexOfMessage } from './conversation-state.js'
import type { NewEvent } from './new-event.js'
import type { AnswerChunk } from './responder.js'
import { findToolCall } from './tool-calls.js'

/** The event that adds one chunk to a task's answer as it stands. */
export function answerEvent(
  state: ConversationState,
  answer: { readonly task_id: string; readonly message_id: string },
  chunk: AnswerChunk,
): NewEvent {
  const parts = state.messages[indexOfMessage(state, answer.message_id)]?.parts ?? []
  const next = parts.length
  if (chunk.type !== 'part') {
    if (parts.at(-1)?.type === chunk.type)
      return { type: 'delta', ...answer, part: next - 1, text: chunk.text }
    if (chunk.type === 'text') return { type: 'delta', ...answer, part: next, text: chunk.text }
    return { type: 'part', ...answer, part: next, value: { type: 'reasoning', text: chunk.text } }
  }
  const { part } = chunk
  const call = part.type === 'tool' ? findToolCall(state, String(part.tool_call_id)) : undefined
  // An approved call stands in an earlier answer; its result belongs there.
  if (call)
    return {
      type: 'part',
      task_id: answer.task_id,
      message_id: call.message.id,
      part: call.index,
      value: part,
    }
  return { type: 'part', ...answer, part: next, value: part }
}
