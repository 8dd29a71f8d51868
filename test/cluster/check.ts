import type { LoggedMessage } from '../faults/read-log.js'
import { isWhole } from './questions.js'

/** What a client said of one message by the end. */
export interface Told {
  readonly text: string
  readonly words: number
  readonly accepted: 'yes' | 'no' | 'nothing'
  readonly answered: 'yes' | 'no' | 'nothing'
}

export interface Evidence {
  /** In the order in which they were sent. */
  readonly told: readonly Told[]
  /** The conversation as a node has it. */
  readonly log: readonly LoggedMessage[]
  /** The conversation as its client shows it, without messages that it shows as failed. */
  readonly screen: readonly { readonly role: string; readonly text: string }[]
  readonly hasToldOfLoss: boolean
}

export interface Counts {
  readonly sent: number
  readonly whole: number
  /** Not stored, and said so. */
  readonly saidLost: number
  /** Not stored, or stored without its answer, and never said. */
  readonly silent: number
  readonly twice: number
  readonly disordered: number
  /** Answers that are not the whole text of one run. */
  readonly mixed: number
  readonly hung: number
  readonly wrongScreens: number
}

/** What became of one conversation. */
export function check({ told, log, screen, hasToldOfLoss }: Evidence): Counts {
  const stored = told.map(({ text }) => places(log, text))
  const answers = told.map((_, index) => {
    const place = stored[index]?.[0]
    const answer = place === undefined ? undefined : log[place + 1]
    return answer?.role === 'assistant' ? answer : undefined
  })
  const first = stored.flatMap(([place]) => place ?? [])
  const saidNo = (of: Told) => of.accepted === 'no' || of.answered === 'no' || hasToldOfLoss
  const missing = told.filter((_, index) => !answers[index]?.isComplete)
  const complete = told.flatMap(({ words }, index) => {
    const answer = answers[index]
    return answer?.isComplete ? [isWhole(answer.text, words)] : []
  })
  return {
    sent: told.length,
    whole: complete.filter(Boolean).length,
    saidLost: missing.filter(saidNo).length,
    silent: missing.filter((of) => !saidNo(of)).length,
    twice: stored.reduce((sum, found) => sum + Math.max(0, found.length - 1), 0),
    disordered: first.filter((place, index) => index > 0 && place < (first[index - 1] ?? 0)).length,
    mixed: complete.filter((isRight) => !isRight).length,
    hung: told.filter(({ accepted, answered }) => accepted === 'nothing' || answered === 'nothing').length,
    wrongScreens: isSame(screen, log) ? 0 : 1,
  }
}

export const nothing: Counts = {
  ...{ sent: 0, whole: 0, saidLost: 0, silent: 0, twice: 0 },
  ...{ disordered: 0, mixed: 0, hung: 0, wrongScreens: 0 },
}

export function addUp(all: readonly Counts[]): Counts {
  const names = Object.keys(nothing) as (keyof Counts)[]
  const sums = names.map((name) => [name, all.reduce((sum, counts) => sum + counts[name], 0)])
  return Object.fromEntries(sums) as unknown as Counts
}

/** What must not happen at all. @param mayLose whether the store itself lost what it had, which must be said. */
export const harm = (counts: Counts, mayLose: boolean): number =>
  counts.silent +
  counts.twice +
  counts.disordered +
  counts.mixed +
  counts.hung +
  counts.wrongScreens +
  (mayLose ? 0 : counts.saidLost)

const places = (log: readonly LoggedMessage[], text: string) =>
  log.flatMap((message, index) => (message.role === 'user' && message.text === text ? [index] : []))

const isSame = (screen: Evidence['screen'], log: readonly LoggedMessage[]) =>
  screen.length === log.length &&
  screen.every(({ role, text }, index) => role === log[index]?.role && text === log[index]?.text)
