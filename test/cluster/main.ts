import { parseArgs } from 'node:util'
import { NoRedisError } from '../../examples/cluster/redis-process.js'
import { addUp, type Counts, harm } from './check.js'
import { type Size, scenarios } from './scenarios.js'
import { World } from './world.js'

const usage = `Usage: npm run test:cluster -- [options]

Three node processes and a Redis process, harmed in the middle of answers, and what became of each message. Prints a table in
Markdown; ends with 1 if a message or an answer was lost without a word, doubled, disordered or mixed, or a promise left hanging.

  --short      fewer times of each, in under two minutes
  --only TEXT  only scenarios whose name holds the text
  --help       this text`

const full: Size = { twins: 1000, killsAt: [0, 10, 20, 30, 40, 50], pauses: 3, people: 200, messages: 5 }
const short: Size = { twins: 50, killsAt: [0, 30], pauses: 1, people: 12, messages: 3 }

/** Milliseconds for one scenario; the longest of the full form takes a fourth of that on two shared cores. */
const longest = 240_000

const columns = [
  ...['sent', 'whole', 'saidLost', 'silent', 'twice', 'disordered', 'mixed', 'hung', 'wrongScreens'],
] as readonly (keyof Counts)[]
const titles = [
  ...['sent', 'answered whole', 'lost by Redis, and said', 'lost without a word', 'stored twice'],
  ...['out of order', 'runs mixed', 'hung', 'wrong screens', 'second runs of an attempt', 'seconds'],
]

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const world = await World.start()
  let ending: Promise<void> | undefined
  const end = () => {
    ending ??= world.close()
    return ending
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => end().then(() => process.exit(1)))
  let harms = 0
  try {
    console.log(row(['', ...titles]))
    console.log(row(['---', ...titles.map(() => '---:')]))
    for (const { name, mayLose, run } of scenarios.filter((scenario) =>
      scenario.name.includes(values.only),
    )) {
      const startedAt = performance.now()
      world.takeSecondRuns()
      const counts = addUp(await withTimeout(run(world, values.short ? short : full), name))
      const secondRuns = world.takeSecondRuns()
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      console.log(row([name, ...columns.map((column) => counts[column]), secondRuns, seconds]))
      harms += harm(counts, mayLose) + (mayLose ? 0 : secondRuns)
    }
  } finally {
    await end()
  }
  return harms === 0 ? 0 : 1
}

function withTimeout<T>(running: Promise<T>, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = new Error(`unable to go on; "${name}" did not end within ${longest / 1000} seconds`)
    const timer = setTimeout(reject, longest, late)
    running.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`

process.exitCode = await main().catch((error: unknown) => {
  const isKnown = error instanceof NoRedisError
  console.error(isKnown || !(error instanceof Error) ? (isKnown ? error.message : error) : error.stack)
  return 2
})
