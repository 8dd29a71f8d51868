/**
 * `npm run test:quick`: the types, and the unit tests of what has changed since the last commit; with a name, such as
 * `npm run test:quick -- main`, since that commit. What computes for long (the simulation, the herd) is left to `npm test`.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'

const [since] = process.argv.slice(2)
const long = ['test/simulation/**', 'test/herd/**', 'test/promises/**', 'test/examples/demo.test.ts']

async function run(command: string, args: readonly string[]): Promise<boolean> {
  const child = spawn('npx', [command, ...args], { stdio: 'inherit' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code === 0
}

const results = await Promise.all([
  // What was checked before is not checked again.
  run('tsc', ['-p', '.', '--incremental', '--tsBuildInfoFile', 'node_modules/.cache/quick.tsbuildinfo']),
  run('vitest', [
    'run',
    ...['--project', 'unit', '--passWithNoTests'],
    ...['--changed', ...(since === undefined ? [] : [since])],
    ...long.flatMap((path) => ['--exclude', path]),
  ]),
])
if (results.includes(false)) process.exitCode = 1
