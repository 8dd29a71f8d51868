import { sharesAtCap } from './delays-at-cap.js'
import { kinds, runHerd, sampleOf } from './herd.js'
import { parseOptions, UsageError, usage } from './options.js'
import { scenarios } from './scenarios.js'
import { cells, header, row } from './table.js'

// Nobody reads the stacks of so many refusals, and they would take most of the time.
Error.stackTraceLimit = 0

const percent = (share: number) => `${(share * 100).toFixed(2)} %`

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args)
  if (!options) return console.log(usage)
  for (const line of header) console.log(line)
  for (const { name, outage } of scenarios) {
    for (const kind of kinds) {
      const figures = await runHerd({ ...(options.whole ? options : sampleOf(kind, options)), outage, kind })
      console.log(row([name, kind, ...cells(figures)]))
    }
  }
  const { socketIo, sdk } = sharesAtCap(options.clients)
  console.log(`\nThe same delay before the fifth try: socket.io ${percent(socketIo)}, SDK ${percent(sdk)}.`)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\n\n${usage}`)
  process.exitCode = 2
})
