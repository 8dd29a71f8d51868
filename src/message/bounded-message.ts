import { endsInHalf, growingText } from './growing-text.js'
import type { ChatMessage, ChatPart } from './message.js'

// A streaming answer is measured at each change, and most of its parts are the same as before.
const known = new WeakMap<ChatPart, number>()

/**
 * The message, cut if it takes more than so many bytes of memory, two for each UTF-16 code unit. Its first parts stay, and the
 * beginning of the text that goes beyond the limit. A message that was cut has `isCut`.
 */
export function boundedMessage(message: ChatMessage, maxBytes: number): ChatMessage {
  let left = maxBytes / 2
  for (const [place, part] of message.parts.entries()) {
    const size = sizeOf(part)
    if (size > left) {
      const kept = message.parts.slice(0, place)
      const beginning = beginningOf(part, left - (size - growingText(part).length))
      return { ...message, parts: beginning ? [...kept, beginning] : kept, isCut: true }
    }
    left -= size
  }
  return message
}

function sizeOf(part: ChatPart): number {
  const before = known.get(part)
  if (before !== undefined) return before
  const text = growingText(part)
  const size = text.length + sizeAsJson({ ...part, text: '', inputText: '' })
  known.set(part, size)
  return size
}

function sizeAsJson(value: unknown): number {
  try {
    return JSON.stringify(value).length
  } catch {
    // Nested so deeply that no page could show it.
    return Infinity
  }
}

function beginningOf(part: ChatPart, length: number): ChatPart | null {
  if ((part.type !== 'text' && part.type !== 'reasoning') || !(length >= 1)) return null
  const cut = part.text.slice(0, length)
  const beginning = endsInHalf(cut) ? cut.slice(0, -1) : cut
  // An engine may keep the whole text alive behind a slice of it; a copy has no such link.
  return { ...part, text: JSON.parse(JSON.stringify(beginning)) as string }
}
