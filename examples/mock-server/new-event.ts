import type { ChatEvent } from '../../src/protocol/events.js'
import { type ConversationKey, splitConversationKey } from './conversation-key.js'
import type { LogStep } from './conversation-log.js'
import type { ConversationState } from './conversation-state.js'

type WithoutEnvelope<Event> = Event extends unknown
  ? Omit<Event, 'conversation_id' | 'epoch' | 'offset' | 'timestamp'>
  : never

/** An event before it has its place in the log. */
export type NewEvent = WithoutEnvelope<ChatEvent>

/** A step before it has its place in the log. */
export interface NewStep {
  readonly events: readonly NewEvent[]
  readonly accepted?: LogStep['accepted']
}

/** Gives each event the conversation's next offset. `now` is in milliseconds since the Unix epoch. */
export function placeStep(
  key: ConversationKey,
  state: ConversationState,
  step: NewStep,
  now: number,
): LogStep {
  const { conversationId } = splitConversationKey(key)
  const timestamp = new Date(now).toISOString()
  const { epoch, offset } = state
  const events = step.events.map(
    (event, index): ChatEvent => ({
      ...event,
      conversation_id: conversationId,
      epoch,
      offset: offset + 1 + index,
      timestamp,
    }),
  )
  return step.accepted ? { events, accepted: step.accepted } : { events }
}
