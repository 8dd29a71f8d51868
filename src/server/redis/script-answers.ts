import type { AppendResult, StorePosition } from '../store/step.js'
import type { Change } from '../store/store.js'
import {
  closedTaskOf,
  eventsOf,
  listOf,
  mapOf,
  openTaskOf,
  openTasksOf,
  type Reply,
  textsOf,
} from './read-replies.js'
import { parseRun } from './step-arguments.js'

export const positionOf = ([epoch = '', rev, end]: readonly string[]): StorePosition => ({
  epoch,
  rev: Number(rev),
  end: Number(end),
})

export function appendResult(
  result: string,
  [epoch, rev, end, ...rest]: readonly string[],
  digest?: string,
): AppendResult {
  const position = positionOf([epoch ?? '', rev ?? '', end ?? ''])
  switch (result) {
    case 'ok': {
      const [first, last, repeat] = rest
      return { result, position, first: Number(first), last: Number(last), repeat: repeat === '1' }
    }
    case 'known': {
      const [kind, text = '', kept] = rest
      const task = kind === 'open' ? openTaskOf(text, kept) : closedTaskOf(text)
      return { result, position, task, sameInput: task.digest === undefined || task.digest === digest }
    }
    case 'conflict':
    case 'fenced':
    case 'lost':
      return { result, position }
    default:
      throw new Error('unable to read what Redis answered')
  }
}

export function factsOf(reply: Reply | undefined) {
  const [epoch, rev, end, base, since, run = '', holder, bytes, tombstones] = textsOf(reply)
  return {
    position: positionOf([epoch ?? '', rev ?? '', end ?? '']),
    base: Number(base),
    since: Number(since),
    running: parseRun(run),
    holder: holder || null,
    bytes: Number(bytes),
    tombstones: Number(tombstones),
  }
}

export function tailOf(reply: Reply | undefined, { since }: { readonly since: number }, from: number) {
  const [events, answers, tasks, kept] = listOf(reply)
  const byNumber = mapOf(answers)
  const context = { first: from + 1, since, answers: (number: string) => byNumber.get(number) ?? '[]' }
  return { events: eventsOf(textsOf(events), context), tasks: openTasksOf(mapOf(tasks), mapOf(kept)) }
}

export const messagesOf = (reply: Reply | undefined) =>
  textsOf(reply).flatMap((text) => (text ? [JSON.parse(text)] : []))

type Told = [epoch: string, rev: string, end: string, since: string, answer: string, texts: string[]]

/** The last text is empty: a list without any would come as an object. */
export function changeOf(message: string): Change {
  const [epoch, rev, end, since, answer, texts] = JSON.parse(message) as Told
  const events = texts.slice(0, -1)
  const first = Number(end) - events.length + 1
  return {
    position: positionOf([epoch, rev, end]),
    events: eventsOf(events, { first, since: Number(since), answers: () => answer }),
  }
}
