import { parseArgs } from 'node:util'
import { contenders } from './contenders.js'
import { faultKinds } from './fault-kinds.js'
import { addUp, harm } from './judge.js'
import { runFault } from './run-fault.js'
import type { Size } from './schedule.js'
import { heartbeat, type ServerProcess, startServerProcess } from './server-process.js'
import { type FaultResult, faultTable, legend, totalTable } from './table.js'

const usage = `Usage: npm run faults -- [options]

The same faults of a real network and a real server process, for a program on this SDK and for one on socket.io-client
alone. Prints tables in Markdown; ends with 1 where this SDK lost, doubled or disordered a message or left a promise
hanging.

  --short      a tenth of the messages, in half a minute
  --seed N     other moments for the same faults (1)
  --help       this text`

const full: Size = { people: 8, rounds: 3, messages: 4 }
const short: Size = { people: 2, rounds: 1, messages: 4 }

async function compare(size: Size, seed: number) {
  const servers: ServerProcess[] = []
  try {
    // A server each, or one program's load would be the other's delay; side by side, so that all have the same weather.
    for (const _ of contenders) servers.push(await startServerProcess(heartbeat))
    const results: FaultResult[] = []
    for (const [index, kind] of faultKinds.entries()) {
      console.error(`${kind.name}: ${kind.does}`)
      const runs = contenders.map((contender, column) =>
        runFault({ kind, contender, server: at(servers, column), size, seed: seed * 1000 + index }),
      )
      results.push({ fault: kind.name, does: kind.does, figures: await Promise.all(runs) })
    }
    return results
  } finally {
    for (const server of servers) await server.close()
  }
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[index]
  if (value === undefined) throw new RangeError('unable to go on; there is no such column')
  return value
}

function report(results: readonly FaultResult[]): number {
  const names = contenders.map(({ name }) => name)
  console.log(`\n${totalTable(names, results)}\n\n${names.join(' / ')}, by fault:\n`)
  console.log(`${faultTable(results)}\n\n${legend(results)}`)
  const ours = harm(addUp(results.flatMap(({ figures }) => figures[0] ?? [])))
  const isHarmless = Object.values(ours).every((figure) => figure === 0)
  if (!isHarmless) console.error(`\n${names[0]} has done harm: ${JSON.stringify(ours)}`)
  return isHarmless ? 0 : 1
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const seed = Number(values.seed)
  if (!Number.isSafeInteger(seed)) throw new TypeError('unable to use --seed; expected a whole number')
  return report(await compare(values.short ? short : full, seed))
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return 2
})
