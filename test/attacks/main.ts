import { setPriority } from 'node:os'
import { parseArgs } from 'node:util'
import { Bystander } from './bystander.js'
import { judge, percentile, type Row } from './judge.js'
import { attacks } from './kinds/index.js'
import { attackerOf } from './orders.js'
import {
  type AttackerChild,
  runCorrectClient,
  type ServerChild,
  startAttacker,
  startServer,
} from './processes.js'
import { processorTime } from './processor-time.js'

const usage = `Usage: npm run test:attacks -- [options] [attack ...]

A ChatServer in a process of its own, one hostile user after the other in a second one, correct users beside them. Exits
with 1 if an attack costs the correct users, or the server, more than it may. The control is a busy server that nothing
attacks, at the same time.

  --seconds N        of each attack (60)
  --short            2 seconds of each attack
  --without-limits   to see what the attacks do where nothing bounds them
  --help             this text`

const users = 4
const warmUp = 'forged tool calls'
const warmUpMs = 2000
/** A hundred messages of one user take 40 s more than the 60 that are taken at once. */
const correctMs = 85_000

interface Scene {
  readonly url: string
  readonly server: ServerChild
  readonly attacker: AttackerChild
  readonly bystanders: readonly Bystander[]
  /** Those of the server that nothing attacks. */
  readonly controls: readonly Bystander[]
}

async function take(bystanders: readonly Bystander[]) {
  const taken = await Promise.all(bystanders.map((bystander) => bystander.take()))
  return { latencies: taken.flatMap((one) => one.latencies), wrong: taken.flatMap((one) => one.wrong) }
}

async function attackOnce(attack: string, ms: number, scene: Scene): Promise<Row> {
  const { url, server, attacker, bystanders, controls } = scene
  await Promise.all([take(bystanders), take(controls)])
  const user = attackerOf(attack)
  await server.tell({ order: 'begin', user })
  const report = await attacker.tell({ attack, url, ms })
  const [{ latencies, wrong }, control] = await Promise.all([take(bystanders), take(controls)])
  return {
    attack,
    tried: report.tried,
    wrong: [...new Set([...report.wrong, ...wrong])],
    p99: percentile(
      latencies.map(({ ms }) => ms),
      0.99,
    ),
    cpuP99: percentile(
      latencies.map(({ cpuMs }) => cpuMs),
      0.99,
    ),
    controlP99: percentile(
      control.latencies.map(({ ms }) => ms),
      0.99,
    ),
    samples: latencies.length,
    server: await server.tell({ order: 'end', user }),
    ms,
  }
}

function tell(row: Row): boolean {
  const { attack, p99, cpuP99, controlP99, samples, tried, server } = row
  const { peakMB, startedRuns, maxRooms, lines } = server
  return tellOutcome(
    `${attack}: p99 ${p99.toFixed(0)} ms of ${samples}, ${cpuP99.toFixed(0)} ms of them the server’s own (control ${controlP99.toFixed(0)} ms), ` +
      `+${peakMB.toFixed(0)} MB, ${startedRuns} answers, ${maxRooms} rooms, ${lines} log lines; ${tried}`,
    judge(row),
  )
}

function tellOutcome(line: string, wrong: readonly string[]): boolean {
  console.log(`${wrong.length > 0 ? 'FAIL' : 'ok  '} ${line}`)
  for (const reason of wrong) console.log(`       ${reason}`)
  return wrong.length === 0
}

async function runAll(names: readonly string[], ms: number, hasLimits: boolean): Promise<boolean> {
  const ends: (() => void)[] = []
  try {
    const [{ url, server }, quiet, attacker] = await Promise.all([
      startServer(hasLimits ? 'plain' : 'without-limits'),
      startServer('busy'),
      startAttacker(),
    ])
    // What was started has inherited it.
    for (const { pid } of [server, quiet.server, attacker]) prioritise(0, pid)
    const around = (at: string, { pid }: ServerChild) =>
      Array.from({ length: users }, (_, n) => new Bystander(at, `bystander-${n}`, () => processorTime(pid)))
    const [bystanders, controls] = [around(url, server), around(quiet.url, quiet.server)]
    ends.push(...[...bystanders, ...controls, attacker, server, quiet.server].map((one) => () => one.close()))
    await Promise.all([...bystanders, ...controls].map((bystander) => bystander.start()))
    const correct = names.length === 0 ? runCorrectClient(url, correctMs) : null
    correct?.catch(() => {})
    const scene = { url, server, attacker, bystanders, controls }
    // Until the server's code is compiled, the compiler is what is measured.
    await attackOnce(warmUp, warmUpMs, scene)
    let isHeld = true
    for (const name of names.length > 0 ? names : Object.keys(attacks))
      isHeld = tell(await attackOnce(name, ms, scene)) && isHeld
    if (!correct) return isHeld
    const { accepted, answered, wrong } = await correct
    const reached = `${accepted} of 100 messages accepted, ${answered} answered`
    return tellOutcome(`a correct client in 12 tabs, beside all of them: ${reached}`, wrong) && isHeld
  } finally {
    for (const end of ends) end()
  }
}

/** On a busy machine. The bystanders stand for people on machines of their own: they wait for the server, not for this one. */
function prioritise(priority: number, pid: number): void {
  try {
    setPriority(pid, priority)
  } catch {
    // Not everyone may. The figures are worse then.
  }
}

async function main(): Promise<number> {
  prioritise(-10, process.pid)
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '60' },
      short: { type: 'boolean', default: false },
      'without-limits': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const ms = 1000 * (values.short ? 2 : Number(values.seconds))
  const unknown = positionals.find((name) => !Object.hasOwn(attacks, name))
  if (values.help || unknown !== undefined || !(ms > 0)) {
    if (unknown !== undefined)
      console.error(`unable to run ${unknown}; the attacks are\n  ${Object.keys(attacks).join('\n  ')}`)
    console.error(usage)
    return values.help ? 0 : 2
  }
  return (await runAll(positionals, ms, !values['without-limits'])) ? 0 : 1
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: Error) => {
    console.error(`FAIL ${error.message}`)
    process.exitCode = 1
  },
)
