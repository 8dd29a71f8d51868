import type { ChatMessage } from '../message/message.js'

/**
 * An immutable list of messages that is cheap to change near its end, where nearly every change is: the last ones are held in
 * an array of their own, so that neither a message nor a delta costs more among twenty thousand messages than among ten.
 */
export interface MessageList {
  readonly settled: readonly ChatMessage[]
  /** The messages after those. */
  readonly recent: readonly ChatMessage[]
  /** Where which message stands; shared by the lists that have grown out of one another. */
  readonly places: MessageIndex
}

const none: readonly number[] = []

/**
 * Where messages stand, by their id and by their task's. It only ever grows, so that one serves each list that has grown
 * out of another: what stands beyond a list's end is of a later one.
 */
export class MessageIndex {
  readonly #byId = new Map<string | undefined, number>()
  readonly #byTask = new Map<string, number[]>()
  #count = 0
  #unread: readonly ChatMessage[]

  /** Reads the messages when it is first asked. */
  constructor(messages: readonly ChatMessage[]) {
    this.#unread = messages
  }

  /** Of the last one with this id; -1 if there is none. */
  ofMessage(id: string | undefined): number {
    this.#read()
    return this.#byId.get(id) ?? -1
  }

  /** In their order. */
  ofTask(taskId: string): readonly number[] {
    this.#read()
    return this.#byTask.get(taskId) ?? none
  }

  /** @returns itself, with one more; null if another list has grown from this place already. */
  append(index: number, message: ChatMessage): MessageIndex | null {
    this.#read()
    if (index !== this.#count) return null
    this.#add(message)
    return this
  }

  #read(): void {
    if (this.#unread.length === 0) return
    for (const message of this.#unread) this.#add(message)
    this.#unread = []
  }

  #add({ id, taskId }: ChatMessage): void {
    const index = this.#count++
    this.#byId.set(id, index)
    if (taskId === undefined) return
    const before = this.#byTask.get(taskId)
    if (before) before.push(index)
    else this.#byTask.set(taskId, [index])
  }
}

// So many that moving them to the others is rare, and so few that copying them is nothing.
const maxRecent = 256

export const listOf = (messages: readonly ChatMessage[]): MessageList => ({
  settled: messages,
  recent: [],
  places: new MessageIndex(messages),
})

export const emptyList: MessageList = listOf([])

export const lengthOf = ({ settled, recent }: MessageList): number => settled.length + recent.length

export function toArray({ settled, recent }: MessageList): readonly ChatMessage[] {
  return recent.length === 0 ? settled : settled.concat(recent)
}

export function indexOfMessage(list: MessageList, id: string | undefined): number {
  const index = list.places.ofMessage(id)
  return index < lengthOf(list) ? index : -1
}

/** The last message of this task and role. */
export function indexOfTask(list: MessageList, taskId: string, role?: ChatMessage['role']): number {
  return (
    list.places.ofTask(taskId).findLast((index) => {
      const message = messageAt(list, index)
      return message && (role === undefined || message.role === role)
    }) ?? -1
  )
}

export function messageAt({ settled, recent }: MessageList, index: number): ChatMessage | undefined {
  return index < settled.length ? settled[index] : recent[index - settled.length]
}

export function messageById(list: MessageList, id: string | undefined): ChatMessage | undefined {
  return messageAt(list, indexOfMessage(list, id))
}

export function replaceAt(list: MessageList, index: number, message: ChatMessage): MessageList {
  const { settled, recent } = list
  const before = messageAt(list, index)
  if (before?.id !== message.id || before.taskId !== message.taskId)
    return listOf(toArray(list).with(index, message))
  return index < settled.length
    ? { ...list, settled: settled.with(index, message) }
    : { ...list, recent: recent.with(index - settled.length, message) }
}

export function insertAt(list: MessageList, index: number, message: ChatMessage): MessageList {
  if (index === lengthOf(list)) return append(list, message)
  const all = toArray(list)
  return listOf([...all.slice(0, index), message, ...all.slice(index)])
}

export function append(list: MessageList, message: ChatMessage): MessageList {
  const { settled, recent } = list
  const length = lengthOf(list)
  // The empty list is everybody's, and its places stay empty.
  const grown = length > 0 ? list.places.append(length, message) : null
  const places = grown ?? new MessageIndex([...toArray(list), message])
  return recent.length < maxRecent
    ? { settled, recent: [...recent, message], places }
    : { settled: toArray(list), recent: [message], places }
}

export function prepend(list: MessageList, older: readonly ChatMessage[]): MessageList {
  return listOf([...older, ...toArray(list)])
}

export function keepBefore(list: MessageList, index: number): MessageList {
  return listOf(toArray(list).slice(0, index))
}
