import type { ShownMessage } from './program.js'
import type { LoggedMessage } from './read-log.js'

/** What a program said of one message by the end. */
export interface Told {
  readonly text: string
  readonly stored: 'yes' | 'no' | 'nothing'
  /** `none`: the program gives no such promise. */
  readonly answered: 'yes' | 'no' | 'nothing' | 'none'
  /** Milliseconds until it said so, from when it was sent or the fault was over; null where the fault came later. */
  readonly recoveryMs: number | null
}

export interface Evidence {
  /** In the order in which they were sent. */
  readonly told: readonly Told[]
  readonly log: readonly LoggedMessage[]
  readonly screen: readonly ShownMessage[]
  readonly hasToldOfLoss: boolean
  readonly requests: number
}

export interface Figures {
  readonly sent: number
  /** The server does not have it, and the person was not told. */
  readonly lost: number
  /** The server does not have it, and the person was told. */
  readonly lostAndSaid: number
  /** Copies beyond the first. */
  readonly duplicated: number
  /** Stored after one that was sent later. */
  readonly outOfOrder: number
  /** Promises that had not settled when the patience was at its end. */
  readonly hung: number
  /** The person was told that it failed, and the server has it. */
  readonly falselyFailed: number
  /** The server has the message, and left it without a whole answer. */
  readonly unanswered: number
  /** Conversations whose screen is not what the log says. */
  readonly wrongScreens: number
  readonly requests: number
  readonly recoveriesMs: readonly number[]
}

/** What became of one person's messages. Truth is what the server's log says. */
export function judge({ told, log, screen, hasToldOfLoss, requests }: Evidence): Figures {
  const logged = log.filter(({ role }) => role === 'user').map(({ text }) => text)
  const copies = (text: string) => logged.filter((one) => one === text).length
  const missing = told.filter(({ text }) => copies(text) === 0)
  const isShown = (text: string) => screen.some((shown) => shown.text === text && !shown.hasFailed)
  const isSaid = ({ text, stored, answered }: Told) =>
    stored === 'no' || answered === 'no' || (hasToldOfLoss && !isShown(text))
  const said = missing.filter(isSaid).length
  const promises = told.flatMap(({ stored, answered }) => [stored, answered])
  return {
    sent: told.length,
    lost: missing.length - said,
    lostAndSaid: said,
    duplicated: sum(told.map(({ text }) => Math.max(0, copies(text) - 1))),
    outOfOrder: countOutOfOrder(told.map(({ text }) => logged.indexOf(text)).filter((place) => place >= 0)),
    hung: promises.filter((state) => state === 'nothing').length,
    falselyFailed: told.filter(({ stored, text }) => stored === 'no' && copies(text) > 0).length,
    unanswered: log.filter((message, index) => message.role === 'user' && !isAnswered(log, index)).length,
    wrongScreens: isSameAs(screen, log) ? 0 : 1,
    requests,
    recoveriesMs: told.flatMap(({ recoveryMs }) => recoveryMs ?? []),
  }
}

export function addUp(all: readonly Figures[]): Figures {
  const total = (name: Exclude<keyof Figures, 'recoveriesMs'>) => sum(all.map((figures) => figures[name]))
  return {
    sent: total('sent'),
    lost: total('lost'),
    lostAndSaid: total('lostAndSaid'),
    duplicated: total('duplicated'),
    outOfOrder: total('outOfOrder'),
    hung: total('hung'),
    falselyFailed: total('falselyFailed'),
    unanswered: total('unanswered'),
    wrongScreens: total('wrongScreens'),
    requests: total('requests'),
    recoveriesMs: all.flatMap(({ recoveriesMs }) => recoveriesMs),
  }
}

/** What must not happen at all. */
export const harm = ({ lost, duplicated, outOfOrder, hung }: Figures) => ({
  lost,
  duplicated,
  outOfOrder,
  hung,
})

/** Whether the screen says what the log says; what is shown as failed is not said to be in it. */
export function isSameAs(screen: readonly ShownMessage[], log: readonly LoggedMessage[]): boolean {
  const shown = screen.filter(({ hasFailed }) => !hasFailed)
  return (
    shown.length === log.length &&
    shown.every(({ role, text }, index) => role === log[index]?.role && text === log[index]?.text)
  )
}

/** By the nearest-rank method; NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** An answer stands after its message. */
const isAnswered = (log: readonly LoggedMessage[], index: number) => {
  const answer = log[index + 1]
  return answer?.role === 'assistant' && answer.isComplete
}

function countOutOfOrder(places: readonly number[]): number {
  let last = -1
  return places.filter((place) => {
    const isLate = place < last
    last = Math.max(last, place)
    return isLate
  }).length
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
