import type { ChatMessage, ChatPart } from './message.js'

const textOf = (part: ChatPart): string =>
  part.type === 'text' || part.type === 'reasoning'
    ? part.text
    : part.type === 'tool'
      ? (part.inputText ?? '')
      : ''

// High surrogates are 0xD800 to 0xDBFF.
const endsInHalf = (part: ChatPart): boolean =>
  (textOf(part).charCodeAt(textOf(part).length - 1) & 0xfc00) === 0xd800

// The same message gives the same object, so that a list can skip its row.
const remembered = new WeakMap<ChatMessage, ChatMessage>()

/**
 * The message without the first half of a surrogate pair at a text's end, which a screen shows as a broken character: the server
 * sends a text in pieces, and a piece may end there.
 */
export function wholeCharacters(message: ChatMessage): ChatMessage {
  if (!message.parts.some(endsInHalf)) return message
  const known = remembered.get(message)
  if (known) return known
  const parts = message.parts.map((part) => {
    if (!endsInHalf(part)) return part
    const text = textOf(part).slice(0, -1)
    return part.type === 'tool' ? { ...part, inputText: text } : ({ ...part, text } as ChatPart)
  })
  const view = { ...message, parts }
  remembered.set(message, view)
  return view
}

/** The same of an answer that is over. While it streams, the other half may follow. */
export const wholeOnceOver = (message: ChatMessage): ChatMessage =>
  message.role === 'assistant' && message.status !== 'streaming' ? wholeCharacters(message) : message
