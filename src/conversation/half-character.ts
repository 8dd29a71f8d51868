import type { LogState } from '../event-log/log-state.js'
import { indexOfMessage } from '../event-log/message-list.js'
import type { ChatMessage, ChatPart } from '../message/message.js'

/**
 * The messages as a page may show them. A delta may end in the first half of a surrogate pair, which a screen shows as a
 * broken character, so that half is left out until its other half or the answer's end has come.
 */
export function withoutHalfCharacters(
  messages: readonly ChatMessage[],
  { tasks, messages: logged }: Pick<LogState, 'tasks' | 'messages'>,
): readonly ChatMessage[] {
  let shown = messages
  for (const { state, messageId } of tasks.values()) {
    if (state !== 'running') continue
    // Unless an intent hides messages before it, the answer stands where it stands in the log.
    const place = indexOfMessage(logged, messageId)
    const index = shown[place]?.id === messageId ? place : shown.findLastIndex(({ id }) => id === messageId)
    const message = shown[index]
    if (message?.parts.some(endsInHalf)) shown = shown.with(index, wholeCharacters(message))
  }
  return shown
}

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

function wholeCharacters(message: ChatMessage): ChatMessage {
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
