/**
 * `npm run test:quick`: the types, and the unit tests of what has changed since the last commit; with a name, such as
 * `npm run test:quick -- main`, since that commit. Tests that compute for long or start many processes are left to `npm test`.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'

const [since] = process.argv.slice(2)
const long = [
  'test/simulation/**',
  'test/herd/**',
  'test/promises/**',
  'test/examples/*demo.test.ts',
  'test/mock-server/main.test.ts',
  'test/server/documentation.test.ts',
  'test/server/redis/**',
  'test/server/store/*-killed.test.ts',
  'test/server/store/broken-stores.test.ts',
]

// They read the sources as text, so a change of a source does not lead to them by way of an import.
const ofAllSources = ['test/rooms.test.ts', 'test/collaborators.test.ts']

async function run(command: string, args: readonly string[]): Promise<boolean> {
  // The project has a list of its own, which vitest's option does not change.
  const env = { ...process.env, TEST_EXCLUDE: long.join(',') }
  const child = spawn('npx', [command, ...args], { stdio: 'inherit', env })
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
  ]),
  run('vitest', ['run', '--project', 'unit', ...ofAllSources]),
])
if (results.includes(false)) process.exitCode = 1
