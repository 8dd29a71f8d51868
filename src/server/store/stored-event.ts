import type {
  ChatEvent,
  EventEnvelope,
  UnknownWirePart,
  WireMessage,
  WirePart,
} from '../../protocol/events.js'

/** Data that a model's provider wants back with the next call: a signature, encrypted reasoning. JSON. */
export type PrivateData = Readonly<Record<string, unknown>>

/** A part as it is stored. `private` must be stripped from everything that leaves for a client. */
export type StoredPart = (WirePart | UnknownWirePart) & { private?: PrivateData }

/** A message as it is stored: with the parts' private data, and with its status once its task is over. */
export interface StoredMessage extends Omit<WireMessage, 'parts'> {
  parts: StoredPart[]
}

type Envelope = Exclude<keyof EventEnvelope, 'task_id'>
type Body<Event> = Event extends { type: 'message' }
  ? Omit<Event, Envelope | 'message'> & { message: StoredMessage }
  : Event extends { type: 'part' }
    ? Omit<Event, Envelope | 'value'> & { value: StoredPart }
    : Event extends { type: 'delta' }
      ? Omit<Event, Envelope> & { private?: PrivateData }
      : Event extends unknown
        ? Omit<Event, Envelope>
        : never

/**
 * An event without its envelope. The conversation's id and epoch are those of the conversation that it is stored in, its
 * offset is its place, its time is that of its step; stored with each delta they would cost many times the delta's text.
 */
export type StoredEvent = Body<ChatEvent>

/** An event in its place in the log. */
export interface PlacedEvent {
  /** Counts from 1 within an epoch, without holes. */
  readonly offset: number
  /** Milliseconds since the Unix epoch: `at` of the step that brought the event. */
  readonly at: number
  readonly event: StoredEvent
}
