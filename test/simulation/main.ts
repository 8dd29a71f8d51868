import { type Arguments, readArguments, usage } from './arguments.js'
import { formatTable, huntAll } from './mutant-hunt.js'
import { mutants } from './mutants.js'
import { replay, run } from './run.js'

function given(): Arguments | null {
  try {
    return readArguments(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    return null
  }
}

async function simulateMany({ from, runs }: Arguments): Promise<boolean> {
  const { worlds, perMinute, struck, failure } = await run({ from, runs }, (done) => {
    if (done % 2000 === 0) console.info(`${done} worlds`)
  })
  for (const [what, count] of [...struck].sort(([, a], [, b]) => b - a))
    console.info(`${String(count).padStart(9)}  ${what}`)
  if (failure !== null) console.error(failure)
  console.info(`${worlds} worlds, ${failure === null ? 0 : 1} with violations, ${perMinute} a minute`)
  return failure === null
}

async function huntThem(): Promise<boolean> {
  const found = await huntAll(mutants, { onFound: (hunted) => console.info(formatTable([hunted])) })
  const caught = found.filter(({ seed }) => seed !== null).length
  console.info(`${caught} of ${mutants.length} deliberate bugs are caught`)
  return caught === mutants.length
}

async function tell({ seed, keep, from, runs }: Arguments): Promise<boolean> {
  const seeds = seed === null ? Array.from({ length: runs }, (_, index) => from + index) : [seed]
  let isClean = true
  for (const one of seeds) {
    const story = await replay(one, keep)
    console.info(story)
    isClean &&= story.endsWith('\n0 violations')
  }
  return isClean
}

const options = given()
if (options === null) process.exitCode = 2
else if (options.help) console.info(usage)
else {
  const isClean = await (options.mutants
    ? huntThem()
    : options.seed !== null || options.trace
      ? tell(options)
      : simulateMany(options))
  if (!isClean) process.exitCode = 1
}
