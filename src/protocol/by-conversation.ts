import type { DecodedEvent } from './decode.js'

/** Delivers a push's events in order: events of one conversation that follow each other together. Skips invalid ones. */
export function byConversation(
  events: readonly DecodedEvent[],
  deliver: (conversationId: string, events: readonly DecodedEvent[]) => void,
): void {
  let run: DecodedEvent[] = []
  let current: string | null = null
  for (const event of events) {
    if (event.type === 'invalid') continue
    const id = event.type === 'skip' ? event.envelope.conversation_id : event.conversation_id
    if (id !== current && current !== null) {
      deliver(current, run)
      run = []
    }
    current = id
    run.push(event)
  }
  if (current !== null) deliver(current, run)
}
