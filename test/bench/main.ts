import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Bench, BenchResult } from './bench.js'
import { installPeers } from './install-peers.js'
import { machine, versions } from './machine.js'
import { document, printAlone, withSection } from './report.js'

const usage = `Usage: npm run bench -- [options] [part ...]

Measures this SDK beside what one would use instead, and prints tables. With all parts, also writes docs/benchmarks.md.

  --runs N   measurements of each contender (5)
  --write    with named parts: replaces their sections in docs/benchmarks.md
  --help     this text`

// Imported when their turn comes: some of them need what is installed first.
const parts: Readonly<Record<string, () => Promise<Bench>>> = {
  render: async () => (await import('./render/bench.js')).renderBench,
  start: async () => (await import('./start/bench.js')).startBench,
  recovery: async () => (await import('./recovery/bench.js')).recoveryBench,
  bundle: async () => (await import('./bundle/bench.js')).bundleBench,
  throughput: async () => (await import('./throughput/bench.js')).throughputBench,
  growth: async () => (await import('./growth/bench.js')).growthBench,
  server: async () => (await import('./server/bench.js')).serverBench,
  cluster: async () => (await import('./cluster/bench.js')).clusterBench,
  backend: async () => (await import('./backend/bench.js')).backendBench,
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '5' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const runs = Number(values.runs)
  const unknown = positionals.find((name) => !(name in parts))
  if (values.help || unknown !== undefined || !(Number.isSafeInteger(runs) && runs > 0)) {
    if (unknown !== undefined) console.error(`unable to run ${unknown}; the parts are ${Object.keys(parts)}`)
    console.error(usage)
    return values.help ? 0 : 2
  }
  await installPeers()
  const results: BenchResult[] = []
  const begin = Date.now()
  for (const [name, load] of Object.entries(parts)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    console.error(`== ${name}`)
    const bench = await load()
    const result = await bench({ runs, progress: (line) => console.error(`   ${line}`) })
    results.push(result)
    console.log(`${printAlone(result)}\n`)
  }
  const minutes = (Date.now() - begin) / 60_000
  if (positionals.length > 0 && values.write) {
    const before = await readFile('docs/benchmarks.md', 'utf8')
    await writeFile(
      'docs/benchmarks.md',
      results.reduce((text, result) => withSection(text, result, runs), before),
    )
  }
  if (positionals.length === 0) {
    const text = document(results, { machine: machine(), versions: await versions(), runs, minutes })
    await mkdir('docs', { recursive: true })
    await writeFile('docs/benchmarks.md', text)
    console.error('wrote docs/benchmarks.md')
  }
  return 0
}

process.exitCode = await main()
