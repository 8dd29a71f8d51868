import type { ChatMessage } from './message.js'

/**
 * An immutable list of messages in which the one that is being written to costs nothing to write to: it is held
 * beside the others, and the array is copied only when another message's turn comes. So a delta costs the same in a
 * conversation of ten messages and of twenty thousand.
 */
export interface MessageList {
  readonly settled: readonly ChatMessage[]
  /** Stands in for `settled[index]`. */
  readonly live: { readonly index: number; readonly message: ChatMessage } | null
}

export const emptyList: MessageList = { settled: [], live: null }

export const listOf = (messages: readonly ChatMessage[]): MessageList => ({ settled: messages, live: null })

export function toArray({ settled, live }: MessageList): readonly ChatMessage[] {
  if (live === null) return settled
  const messages = settled.slice()
  messages[live.index] = live.message
  return messages
}

/** Searches from the end, where nearly everything that is looked for stands. */
export function indexOfMessage(list: MessageList, id: string): number {
  if (list.live?.message.id === id) return list.live.index
  return list.settled.findLastIndex((message) => message.id === id)
}

export function messageAt(list: MessageList, index: number): ChatMessage | undefined {
  return list.live?.index === index ? list.live.message : list.settled[index]
}

export function messageById(list: MessageList, id: string): ChatMessage | undefined {
  return messageAt(list, indexOfMessage(list, id))
}

export function replaceAt(list: MessageList, index: number, message: ChatMessage): MessageList {
  const settled = list.live === null || list.live.index === index ? list.settled : toArray(list)
  return { settled, live: { index, message } }
}

export function insertAt(list: MessageList, index: number, message: ChatMessage): MessageList {
  const all = toArray(list)
  return listOf([...all.slice(0, index), message, ...all.slice(index)])
}

export function append(list: MessageList, message: ChatMessage): MessageList {
  return listOf([...toArray(list), message])
}

export function prepend(list: MessageList, older: readonly ChatMessage[]): MessageList {
  return listOf([...older, ...toArray(list)])
}

export function keepBefore(list: MessageList, index: number): MessageList {
  return listOf(toArray(list).slice(0, index))
}
