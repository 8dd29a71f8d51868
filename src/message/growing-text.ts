import type { ChatPart } from './message.js'

/** The text of a part that grows while the answer streams. */
export function growingText(part: ChatPart): string {
  if (part.type === 'text' || part.type === 'reasoning') return part.text
  return part.type === 'tool' ? (part.inputText ?? '') : ''
}

export const withGrowingText = (part: ChatPart, text: string): ChatPart =>
  part.type === 'tool' ? { ...part, inputText: text } : ({ ...part, text } as ChatPart)

/** Whether a text ends in the first half of a surrogate pair, 0xD800 to 0xDBFF: a screen shows that as a broken character. */
export const endsInHalf = (text: string): boolean => (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800
