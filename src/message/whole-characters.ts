import { endsInHalf, growingText, withGrowingText } from './growing-text.js'
import type { ChatMessage, ChatPart } from './message.js'

const isHalf = (part: ChatPart): boolean => endsInHalf(growingText(part))

// The same message gives the same object, so that a list can skip its row.
const remembered = new WeakMap<ChatMessage, ChatMessage>()

/**
 * The message without the first half of a surrogate pair at a text's end, which a screen shows as a broken character: the server
 * sends a text in pieces, and a piece may end there.
 */
export function wholeCharacters(message: ChatMessage): ChatMessage {
  if (!message.parts.some(isHalf)) return message
  const known = remembered.get(message)
  if (known) return known
  const parts = message.parts.map((part) =>
    isHalf(part) ? withGrowingText(part, growingText(part).slice(0, -1)) : part,
  )
  const view = { ...message, parts }
  remembered.set(message, view)
  return view
}

/** Cuts a half character off an answer that is over. While an answer streams, the other half may follow. */
export const wholeOnceOver = (message: ChatMessage): ChatMessage =>
  message.role === 'assistant' && message.status !== 'streaming' ? wholeCharacters(message) : message
