import type { ChatMessage } from '../message/message.js'

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

  /** Of the last one with this id; -1 where there is none. */
  ofMessage(id: string | undefined): number {
    this.#read()
    return this.#byId.get(id) ?? -1
  }

  /** In their order. */
  ofTask(taskId: string): readonly number[] {
    this.#read()
    return this.#byTask.get(taskId) ?? none
  }

  /** @returns itself, with one more; null where another list has grown from this place already. */
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
