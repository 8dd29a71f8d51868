import { addUp, type Figures, percentile } from './judge.js'

/** The figures of one fault, for each program in the order of the columns. */
export interface FaultResult {
  readonly fault: string
  readonly does: string
  readonly figures: readonly Figures[]
}

interface Row {
  readonly title: string
  readonly show: (figures: Figures) => string
}

const milliseconds = (share: number) => (figures: Figures) => {
  const ms = percentile(figures.recoveriesMs, share)
  return Number.isNaN(ms) ? '–' : `${Math.round(ms)} ms`
}

const count = (name: Exclude<keyof Figures, 'recoveriesMs'>) => (figures: Figures) => String(figures[name])

const requestsPerMessage = (figures: Figures) => (figures.requests / figures.sent).toFixed(2)

const rows: readonly Row[] = [
  { title: 'messages sent', show: count('sent') },
  { title: 'lost, and nobody was told', show: count('lost') },
  { title: 'stored more than once', show: count('duplicated') },
  { title: 'out of order', show: count('outOfOrder') },
  { title: 'hung promises', show: count('hung') },
  { title: 'lost with the server’s log, and said', show: count('lostAndSaid') },
  { title: 'said to have failed, and stored', show: count('falselyFailed') },
  { title: 'stored, and left without a whole answer', show: count('unanswered') },
  { title: 'screens that are not what the log says', show: count('wrongScreens') },
  { title: 'requests per message', show: requestsPerMessage },
  { title: 'time to recover, p50', show: milliseconds(0.5) },
  { title: 'time to recover, p99', show: milliseconds(0.99) },
]

const ofEachFault: readonly Row[] = [
  { title: 'lost', show: count('lost') },
  { title: 'twice', show: count('duplicated') },
  { title: 'out of order', show: count('outOfOrder') },
  { title: 'hung', show: count('hung') },
  { title: 'no whole answer', show: count('unanswered') },
  { title: 'requests per message', show: requestsPerMessage },
  { title: 'p50', show: milliseconds(0.5) },
  { title: 'p99', show: milliseconds(0.99) },
]

/** All faults together: a column for each program. */
export function totalTable(programs: readonly string[], results: readonly FaultResult[]): string {
  const totals = programs.map((_, column) => addUp(results.flatMap(({ figures }) => figures[column] ?? [])))
  return table(
    ['all faults together', ...programs],
    rows.map(({ title, show }) => [title, ...totals.map(show)]),
  )
}

/** A row for each fault; in each field the programs in their order. */
export function faultTable(results: readonly FaultResult[]): string {
  return table(
    ['fault', ...ofEachFault.map(({ title }) => title)],
    results.map(({ fault, figures }) => [
      fault,
      ...ofEachFault.map(({ show }) => figures.map(show).join(' / ')),
    ]),
  )
}

export const legend = (results: readonly FaultResult[]) =>
  results.map(({ fault, does }) => `- ${fault}: ${does}`).join('\n')

const table = (head: readonly string[], body: readonly (readonly string[])[]) =>
  [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...body]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
