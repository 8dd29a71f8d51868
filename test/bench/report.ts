import type { BenchResult, BenchTable, Figure } from './bench.js'

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

function table({ caption, columns, rows }: BenchTable): string {
  return [`${caption}:`, '', row(columns), row(columns.map(() => '---')), ...rows.map(row)].join('\n')
}

/** One part, in Markdown. */
export function print({ title, about, tables }: BenchResult): string {
  return [`## ${title}`, about, ...tables.map(table)].join('\n\n')
}

/** The same for who looks at this part alone: with what it was to reach. */
export function printAlone(result: BenchResult): string {
  return [print(result), ...(result.figures.length > 0 ? [figureTable(result.figures)] : [])].join('\n\n')
}

export interface Circumstances {
  readonly machine: string
  readonly versions: readonly string[]
  readonly runs: number
  readonly minutes: number
}

function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, mustReach, measured, reached }) => [
    name,
    mustReach,
    reached ? measured : `**${measured}** (not reached)`,
  ])
  return table({ caption: 'What was to be reached', columns: ['figure', 'must reach', 'measured'], rows })
}

const limits = `What limits the figures that are not reached in every run, and how that was found; the whole of it is in [where the time goes](where-time-goes.md):

- *Main-thread time*: a trace of the main thread puts what is above the floor into the calls in which the deltas arrive, 9 to 19 microseconds each where
  they come a few at a time, and 5 where hundreds come together, with V8's optimiser or without: it is the first pass after each pause that
  costs. The floor appends to one string. A case near the limit is reached in one run and missed in another.
- *Bundle*: by ablation, part for part. When everything was 27.5 kB, 18.5 kB were left without errors, storage, eventemitter3 and React.
- *Coalesced deltas*: by a CPU profile, the checks of each event's fields are what is left above the bare socket, which checks nothing. The bare socket's own
  gain from twenty events a push lies around three, and it limits what can be had on top of it.
- *Acknowledged sends*: by a CPU profile no entry stands out. A send here is an intent that is stored, a task with retries, and four events of its answer
  that are checked and applied; \`emitWithAck\` is a packet and a timer.`

/** The page with a part that was measured alone, in the place of its former section or at the end. */
export function withSection(page: string, result: BenchResult, runs: number): string {
  const [first = '', ...sections] = page.split(/^(?=## )/m)
  const date = new Date().toISOString().slice(0, 10)
  const heading = `## ${result.title}\n`
  const note = `Measured alone on ${date}, each figure the median of ${runs} measurements.`
  const own = `${printAlone(result).replace(heading, `${heading}\n${note}\n`)}\n`
  const isNew = !sections.some((section) => section.startsWith(heading))
  const all = sections.map((section) => (section.startsWith(heading) ? own : `${section.trimEnd()}\n`))
  return [first.trimEnd(), ...all, ...(isNew ? [own] : [])].join('\n\n').replace(/\n{3,}/g, '\n\n')
}

/** The whole of docs/benchmarks.md. */
export function document(results: readonly BenchResult[], at: Circumstances): string {
  const date = new Date().toISOString().slice(0, 10)
  const intro = `# Benchmarks

Written by \`npm run bench\` on ${date}, in ${at.minutes.toFixed(0)} minutes, on ${at.machine}. Compared: ${at.versions.join(', ')}.

To repeat it: \`npm ci\`, then \`npm run bench\`. It installs the packages to compare with into \`test/bench/peers\`, needs a Chromium
(\`CHROME_PATH\`, or one on the path), goes to loopback only and ends by itself. \`npm run bench -- bundle\` runs one part alone.

Each figure is the median of ${at.runs} measurements, contenders taken in turn, so that a machine that drifts hits all alike. Read
the ratios; the milliseconds are this machine's.`
  const figures = figureTable(results.flatMap((result) => result.figures))
  return `${[intro, figures, limits, ...results.map(print)].join('\n\n')}\n`
}
