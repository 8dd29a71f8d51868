import type { ChatEvent, WireMessage } from '../../protocol/events.js'
import type { PlacedEvent, StoredEvent, StoredMessage, StoredPart } from '../store/stored-event.js'

/**
 * Private data of a model's provider in a part, such as a signature, is not for browsers: every part leaves through
 * this function.
 */
export function publicPart<Part extends StoredPart>(part: Part): Omit<Part, 'private'> {
  if (!('private' in part)) return part
  const { private: _private, ...rest } = part
  return rest
}

/** A copy: what the fold keeps goes on growing. */
export function publicMessage(message: StoredMessage): WireMessage {
  return {
    ...message,
    parts: message.parts.map((part) => ({ ...publicPart(part) }) as WireMessage['parts'][number]),
  }
}

/** An event as it leaves for clients, with its envelope. */
export function publicEvent(
  conversationId: string,
  epoch: string,
  { offset, at, event }: PlacedEvent,
): ChatEvent {
  const timestamp = isoTime(at)
  if (event.type === 'delta') {
    // Nearly all of a log, and named one by one: a spread after other fields takes six times as long.
    const { type, task_id, message_id, part, text } = event
    return {
      conversation_id: conversationId,
      epoch,
      offset,
      timestamp,
      type,
      task_id,
      message_id,
      part,
      text,
    }
  }
  return { conversation_id: conversationId, epoch, offset, timestamp, ...bodyOf(event) } as ChatEvent
}

let lastTime = { at: 0, iso: new Date(0).toISOString() }

/** Events that leave one after the other are mostly of one millisecond, and writing a time takes as long as copying its event. */
function isoTime(at: number): string {
  if (lastTime.at !== at) lastTime = { at, iso: new Date(at).toISOString() }
  return lastTime.iso
}

function bodyOf(event: StoredEvent): StoredEvent {
  if (event.type === 'part') return { ...event, value: publicPart(event.value) as StoredPart }
  if (event.type === 'message') return { ...event, message: publicMessage(event.message) as StoredMessage }
  return event
}
