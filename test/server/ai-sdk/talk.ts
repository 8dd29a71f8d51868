import type { ChatMessage } from '../../../src/message/message.js'
import type { SendInput } from '../../../src/protocol/events.js'
import { type AnswerChunk, checkChunk } from '../../../src/server/answer-chunk.js'
import { acceptInput } from '../../../src/server/conversation/accept-input.js'
import { AnswerDraft } from '../../../src/server/conversation/answer-draft.js'
import { conversationState } from '../../../src/server/conversation/conversation-state.js'
import { foldEvent } from '../../../src/server/conversation/fold-event.js'
import { publicMessage } from '../../../src/server/conversation/leaving.js'
import { toChatMessage } from '../../../src/server/conversation/to-chat-message.js'
import { callIdsBeside, callsToRun, shownToRun } from '../../../src/server/conversation/tool-calls.js'
import type { Respond } from '../../../src/server/index.js'
import type { StoredEvent } from '../../../src/server/store/stored-event.js'

export const said = (id: string, text: string): SendInput => ({
  kind: 'message',
  message: { id, role: 'user', parts: [{ type: 'text', text }], created_at: '2026-01-01T00:00:00.000Z' },
})

/** A conversation whose answers come from `respond`, with the server's own fold, and no connection. */
export function talk(respond: Respond) {
  const state = conversationState('e1', 0, [])
  const events: StoredEvent[] = []
  const broadcasts: unknown[] = []
  let tasks = 0
  const store = (event: StoredEvent) => {
    events.push(event)
    foldEvent(state, { offset: state.end + 1, at: 0, event })
  }
  const messages = () => state.messages.slice().map(toChatMessage)

  /** Sends, and gives the answer as the app sees it, with what is private. */
  async function send(input: SendInput, signal = new AbortController().signal): Promise<ChatMessage> {
    const taskId = `t${++tasks}`
    const messageId = `a${tasks}`
    for (const event of acceptInput(state, taskId, input)) store(event)
    const before = state.messages.slice()
    const task = { taskId, state: 'queued', attempt: 1, storedAt: 0, input } as const
    const toRun = callsToRun(state, task)
    const draft = new AnswerDraft(taskId, messageId, toRun, () => callIdsBeside(state, messageId))
    store({ type: 'start', task_id: taskId, message_id: messageId, attempt: 1 })
    let finish: { reason?: string; metadata?: Readonly<Record<string, unknown>> } = {}
    const request = {
      user: { id: 'u1' },
      scope: 'u1',
      conversationId: 'demo',
      taskId,
      attempt: 1,
      input,
      messages: before.map((message) => toChatMessage(shownToRun(message, toRun))),
      signal,
      broadcast: () => {},
    }
    for await (const given of respond(request) as AsyncIterable<AnswerChunk>) {
      const chunk = checkChunk(given)
      if (typeof chunk !== 'string' && chunk.type === 'broadcast') broadcasts.push(chunk)
      else if (typeof chunk !== 'string' && chunk.type === 'finish') finish = chunk
      else {
        const event = draft.add(chunk)
        if (event) store(event)
      }
    }
    const { reason, metadata } = finish
    store({
      type: 'finish',
      task_id: taskId,
      message_id: messageId,
      ...(reason !== undefined && { finish_reason: reason }),
      ...(metadata && { metadata: { ...metadata } }),
    })
    return messages().at(-1) as ChatMessage
  }

  return {
    send,
    messages,
    events,
    broadcasts,
    /** What a browser gets. */
    told: () => state.messages.slice().map(publicMessage),
  }
}
