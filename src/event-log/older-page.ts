import type { ChatMessage } from '../message/message.js'
import type { ChatEvent, HistoryAnswer, Position } from '../protocol/events.js'
import { reduce } from './log-reducer.js'
import { emptyLog, type LoggedTask, type LogState, messageOfLog, type ReduceContext } from './log-state.js'
import {
  indexOfMessage,
  indexOfTask,
  listOf,
  messageAt,
  messageById,
  prepend,
  toArray,
} from './message-list.js'

/** `gone`: what it goes before is no longer there, or the log is another. `stale`: events since then are unknown. */
export type PageEnd = 'placed' | 'gone' | 'stale'

/**
 * A page of history from the question until it stands in what is held. The server's answer and its pushes overtake each
 * other, so the page may be ahead of what is held, and waits, or behind, and what was applied meanwhile is applied to it.
 */
export class OlderPage {
  /** How it has ended; null while it is awaited. */
  end: PageEnd | null = null
  /** The server's answer: how the page's messages stood when the log was at the answer's position. */
  given: HistoryAnswer | null = null
  /** The message that it goes before. */
  readonly #before: string
  #since: Position
  #applied: ChatEvent[] = []

  constructor(before: string, since: Position) {
    this.#before = before
    this.#since = since
  }

  /** The log held here has advanced by this event. */
  note(event: ChatEvent): void {
    this.#applied.push(event)
  }

  /** The log held here was replaced by the log as of this position. */
  beginAnew(since: Position): void {
    this.#since = since
    this.#applied = []
  }

  /** Puts it into what is held as soon as that has come as far as the page. @returns null if nothing changes. */
  place(held: LogState, cursor: Position | null, context: ReduceContext): LogState | null {
    const { given } = this
    if (this.end !== null || !given) return null
    if (cursor?.epoch !== given.epoch || messageAt(held.messages, 0)?.id !== this.#before) {
      this.end = 'gone'
      return null
    }
    if (cursor.offset < given.offset) return null
    const page = given.offset < this.#since.offset ? null : bringForward(given, this.#applied, context)
    this.end = page ? 'placed' : 'stale'
    const older = page?.filter(({ id }) => messageById(held.messages, id) === undefined)
    return older ? { ...held, messages: prepend(held.messages, older), hasOlder: given.has_older } : null
  }
}

/** @returns null if an event can't follow what the page says. */
function bringForward(
  { messages: wire, offset }: HistoryAnswer,
  events: readonly ChatEvent[],
  context: ReduceContext,
): readonly ChatMessage[] | null {
  const messages = wire.map((message) => messageOfLog(message, context))
  let page: LogState = { ...emptyLog, messages: listOf(messages), tasks: openIn(messages), hasOlder: true }
  for (const event of events) {
    const isNew = event.offset > offset && concerns(event, page)
    const next = isNew ? reduce(page, event, context) : page
    if (typeof next === 'string') return null
    page = next
  }
  return toArray(page.messages)
}

function openIn(messages: readonly ChatMessage[]): ReadonlyMap<string, LoggedTask> {
  const tasks = new Map<string, LoggedTask>()
  for (const { id, role, taskId, status } of messages) {
    const isOpen = role === 'assistant' && (status === 'streaming' || status === 'failed')
    if (taskId === undefined || !isOpen) continue
    tasks.set(taskId, { taskId, attempt: 1, state: 'running', messageId: id })
  }
  return tasks
}

/** Whether it changes a message of the page. The conversation already has its additions. */
function concerns(event: ChatEvent, { messages }: LogState): boolean {
  // A truncate that reaches into the page removes everything held after it, so the page is given up.
  if (event.type === 'truncate') return false
  if (event.type === 'message') return indexOfMessage(messages, event.message.id) >= 0
  // A task that answers a tool call changes another task's message.
  const messageId = 'message_id' in event ? event.message_id : undefined
  return indexOfTask(messages, event.task_id) >= 0 || indexOfMessage(messages, messageId) >= 0
}
