import type { StoredConversation } from '../../../src/server/store/index.js'

export const conversations = ['one', 'two', 'three', 'four'] as const

/** The numbers that answers hold, in the order of the log: 0, 1, 2, ... if nothing was lost, or stored twice. */
export function numbersOf({ snapshot, events }: StoredConversation) {
  const folded = (snapshot?.messages ?? []).flatMap(({ parts }) =>
    parts.flatMap((part) => ('text' in part && typeof part.text === 'string' ? part.text : [])),
  )
  const streamed = events.flatMap(({ event }) => (event.type === 'delta' ? event.text : []))
  const numbers = [...folded, ...streamed].flatMap((text) => text.split(' ').filter(Boolean).map(Number))
  return { numbers, next: numbers.length }
}
