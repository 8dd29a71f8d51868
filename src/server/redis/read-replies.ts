import type { PlacedEvent, StoredEvent } from '../store/stored-event.js'
import {
  type ClosedTask,
  isOpenTask,
  type OpenTask,
  type StoredTask,
  type TaskChange,
} from '../store/stored-task.js'

/** Arrays of texts, numbers and arrays: what scripts return. */
export type Reply = string | number | null | readonly Reply[]

export const textsOf = (reply: Reply | undefined): string[] => (Array.isArray(reply) ? reply.map(String) : [])

export const listOf = (reply: Reply | undefined): readonly Reply[] => (Array.isArray(reply) ? reply : [])

/** Names and values in turn. */
export function mapOf(reply: Reply | undefined): Map<string, string> {
  const texts = textsOf(reply)
  const map = new Map<string, string>()
  for (let index = 0; index + 1 < texts.length; index += 2)
    map.set(texts[index] ?? '', texts[index + 1] ?? '')
  return map
}

/** The meaning of the numbers in short events. */
export interface EventContext {
  /** Offset of the first one. */
  readonly first: number
  /** The time that their times count from. */
  readonly since: number
  /** Task and message by the number of the answer, as JSON. */
  readonly answers: (number: string) => string
}

export const eventsOf = (texts: readonly string[], { first, since, answers }: EventContext): PlacedEvent[] =>
  texts.map((text, index) => {
    const { at, event } = parseEvent(text, answers)
    return { offset: first + index, at: since + at, event }
  })

/** `j<time>:<JSON>`, or `<answer>:<time>:<part>:<text>` for text that goes on. */
function parseEvent(text: string, answers: EventContext['answers']): { at: number; event: StoredEvent } {
  const first = text.indexOf(':')
  if (text.startsWith('j'))
    return { at: Number(text.slice(1, first)), event: JSON.parse(text.slice(first + 1)) }
  const second = text.indexOf(':', first + 1)
  const third = text.indexOf(':', second + 1)
  const [task_id, message_id] = JSON.parse(answers(text.slice(0, first))) as [string, string]
  const part = Number(text.slice(second + 1, third))
  const at = Number(text.slice(first + 1, second))
  return { at, event: { type: 'delta', task_id, message_id, part, text: text.slice(third + 1) } }
}

/** `<work>|<number>|<stored at>|<digest>|<JSON>` */
function splitOpen(text: string) {
  const [, number, storedAt, digest] = text.split('|', 4)
  const json = text.slice(text.indexOf('{'))
  return { number: Number(number), storedAt: Number(storedAt), digest, json }
}

export function openTaskOf(text: string, kept: string | undefined): OpenTask {
  const { storedAt, digest, json } = splitOpen(text)
  const change = JSON.parse(json) as TaskChange
  if (!isOpenTask(change)) throw new Error('unable to read a task; it is not open')
  return { ...change, storedAt, ...(digest && { digest }), ...(kept && JSON.parse(kept)) }
}

/** `<stored at>|<digest>|<JSON>` */
export function closedTaskOf(text: string): ClosedTask {
  const [storedAt, digest] = text.split('|', 2)
  const change = JSON.parse(text.slice(text.indexOf('{'))) as ClosedTask
  return { ...change, storedAt: Number(storedAt), ...(digest && { digest }) }
}

/** In the order of their first steps. */
export function openTasksOf(
  tasks: ReadonlyMap<string, string>,
  kept: ReadonlyMap<string, string>,
): OpenTask[] {
  return [...tasks]
    .map(([taskId, text]) => ({ taskId, text, number: splitOpen(text).number }))
    .toSorted((a, b) => a.number - b.number)
    .map(({ taskId, text }) => openTaskOf(text, kept.get(taskId)))
}

/** Open, closed and kept in turn, for each task that was asked for. */
export function knownTasksOf(texts: readonly string[]): StoredTask[] {
  const known: StoredTask[] = []
  for (let index = 0; index < texts.length; index += 3) {
    const [open, closed, kept] = texts.slice(index, index + 3)
    if (open) known.push(openTaskOf(open, kept))
    else if (closed) known.push(closedTaskOf(closed))
  }
  return known
}
