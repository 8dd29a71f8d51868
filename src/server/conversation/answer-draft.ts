import type { AnswerChunk } from '../answer-chunk.js'
import type { StoredEvent, StoredPart } from '../store/stored-event.js'
import type { ConversationState } from './conversation-state.js'
import { findToolCall } from './tool-calls.js'

/** The answer of one try as it grows: it knows which part comes next, so that a chunk costs no look at the rest. */
export class AnswerDraft {
  readonly #answer: { readonly task_id: string; readonly message_id: string }
  #parts = 0
  #last: string | null = null
  readonly #calls = new Map<string, number>()

  constructor(taskId: string, messageId: string) {
    this.#answer = { task_id: taskId, message_id: messageId }
  }

  get parts(): number {
    return this.#parts
  }

  /** The event that adds a chunk. */
  add(chunk: AnswerChunk, state: ConversationState): StoredEvent {
    if (typeof chunk === 'string') return this.#text('text', chunk)
    if (chunk.type !== 'part') return this.#text(chunk.type, chunk.text)
    return this.#part(chunk.part, state)
  }

  #text(type: 'text' | 'reasoning', text: string): StoredEvent {
    if (this.#last === type) return { type: 'delta', ...this.#answer, part: this.#parts - 1, text }
    this.#last = type
    this.#parts += 1
    const part = this.#parts - 1
    if (type === 'text') return { type: 'delta', ...this.#answer, part, text }
    return { type: 'part', ...this.#answer, part, value: { type, text } }
  }

  #part(value: StoredPart, state: ConversationState): StoredEvent {
    if (value.type === 'tool') {
      const id = String(value.tool_call_id)
      const own = this.#calls.get(id)
      if (own !== undefined) return { type: 'part', ...this.#answer, part: own, value }
      const call = findToolCall(state, id)
      // An approved call stands in an earlier answer; its result belongs there.
      if (call) {
        const { task_id } = this.#answer
        return { type: 'part', task_id, message_id: call.message.id, part: call.index, value }
      }
      this.#calls.set(id, this.#parts)
    }
    this.#last = value.type
    this.#parts += 1
    return { type: 'part', ...this.#answer, part: this.#parts - 1, value }
  }
}
