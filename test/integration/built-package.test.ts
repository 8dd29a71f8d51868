import { execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { textsEn } from '../../examples/mock-server/script-texts.js'
import { MockServerProcess } from '../../examples/mock-server-process.js'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const patience = 180_000

let url = ''
const server = new MockServerProcess({
  args: ['--pace-ms', '30', '--log-level', 'silent'],
  onStart: (started) => {
    url = started.url
  },
  onFailure: (error) => {
    throw error
  },
})

beforeAll(async () => {
  if (!isBuilt()) await promisify(execFile)('npm', ['run', 'build'], { cwd: repository })
  await server.start()
}, patience)

afterAll(() => server.close())

/** Whether there is a build, and nothing in the sources is newer. */
function isBuilt(): boolean {
  const entry = join(repository, 'dist/index.js')
  if (!existsSync(entry)) return false
  const sources = readdirSync(join(repository, 'src'), { recursive: true, withFileTypes: true })
  const changed = sources.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs)
  return Math.max(...changed) <= statSync(entry).mtimeMs
}

it('lets twenty lines of plain JavaScript print an answer as it grows, and end by themselves', async () => {
  const child = spawn(process.execPath, ['scripts/smoke.mjs', url], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: string[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  expect(chunks.join('')).toBe(`${textsEn.echo('Hello')}\n`)
  expect(chunks.length).toBeGreaterThan(2)
  expect(status).toBe(0)
})
