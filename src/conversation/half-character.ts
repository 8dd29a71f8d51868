import type { LogState } from '../event-log/log-state.js'
import { indexOfMessage } from '../event-log/message-list.js'
import type { ChatMessage } from '../message/message.js'
import { wholeCharacters } from '../message/whole-characters.js'

/**
 * The messages as a page may show them. A delta may end in the first half of a surrogate pair, which a screen shows as a
 * broken character, so that half is left out until its other half has come. Of an answer that is over, the log itself leaves the half out.
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
    const whole = message && wholeCharacters(message)
    if (whole !== message) shown = shown.with(index, whole as ChatMessage)
  }
  return shown
}
