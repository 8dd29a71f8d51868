import { translateError } from '../../errors/translate-error.js'
import type { ChatMessage } from '../../message/message.js'
import { messageFromWire } from '../../message/wire-message.js'
import type { StoredMessage } from '../store/stored-event.js'
import type { ConversationState } from './conversation-state.js'
import { runsCall, shownToRun, type ToolCall } from './tool-calls.js'

/**
 * The conversation's first messages as the app's code sees them, on this side as on the client's. Parts keep their provider's
 * private data. A message is copied once for each change of it, and frozen, because each answer of the conversation is
 * shown the same copy.
 *
 * @param toRun the approved calls that the answer carries out.
 */
export function shownMessages(
  { messages, shown }: ConversationState,
  count: number,
  toRun: readonly ToolCall[],
): ChatMessage[] {
  return messages.slice(0, count).map((message) => {
    const known = shown.get(message.id)
    if (known) return known
    const made = toChatMessage(shownToRun(message, toRun))
    // Another answer is shown a call that runs in another way.
    if (!runsCall(message)) shown.set(message.id, made)
    return made
  })
}

export const toChatMessage = (message: StoredMessage): ChatMessage =>
  frozenCopy(messageFromWire(message, translateError))

/** Of JSON and of errors. An error is an instance of its class, and changes by itself when its stack is read. */
function frozenCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy)) as T
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, frozenCopy(inner)])),
  ) as T
}
