import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { fileStore } from '../../../src/server/store/file-store.js'
import { conversationKey } from '../../../src/server/store/index.js'
import { seededRandom } from '../../support/random.js'
import { buildProgram } from './build-program.js'
import { conversations, numbersOf } from './counting-talk.js'
import { recordingLogger } from './recording-logger.js'
import { temporaryFolder } from './temporary-folder.js'

/** Each costs a second on a busy machine. `STORE_KILLS=100` is the whole of it. */
const allKills = Number(process.env.STORE_KILLS ?? 20)

type Acknowledged = Map<string, { count: number; end: number }>

/** Starts the program, kills the process after some acknowledgements, and says what it acknowledged. */
async function runAndKill(
  program: string,
  folder: string,
  durability: string,
  lines: number,
): Promise<Acknowledged> {
  const child = spawn(process.execPath, [program, folder, durability], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let complaint = ''
  child.stderr.on('data', (data) => {
    complaint += data
  })
  let count = 0
  child.stdout.on('data', (data: Buffer) => {
    said += data
    for (const byte of data) if (byte === 0x0a) count += 1
    if (count >= lines) child.kill('SIGKILL')
  })
  await once(child, 'close')
  expect(complaint).toBe('')
  const acknowledged: Acknowledged = new Map()
  for (const line of said.split('\n').slice(0, -1)) {
    const [id = '', next, end] = line.split(' ')
    acknowledged.set(id, { count: Number(next), end: Number(end) })
  }
  return acknowledged
}

describe('the file store, if its process is killed at random moments', () => {
  it.each([
    ['process', Math.ceil(allKills * 0.8)],
    ['disk', Math.ceil(allKills * 0.2)],
  ])(
    'loses nothing that was acknowledged and stores nothing twice, durability %s, %i times',
    async (durability, kills) => {
      const folder = temporaryFolder()
      const program = await buildProgram('./appending-process.ts', temporaryFolder())
      const random = seededRandom(18)
      const epochs = new Map<string, string>()
      const ends = new Map<string, number>()
      for (let kill = 0; kill < kills; kill += 1) {
        const lines = 1 + Math.floor(random() * (durability === 'disk' ? 60 : 400))
        const acknowledged = await runAndKill(program, folder, durability, lines)
        const logger = recordingLogger()
        const store = fileStore(folder, { logger })
        for (const id of conversations) {
          const read = await store.read(conversationKey('ann', id))
          const { numbers } = numbersOf(read)
          expect(numbers.findIndex((number, index) => number !== index)).toBe(-1)
          const { count = 0, end = 0 } = acknowledged.get(id) ?? {}
          expect(numbers.length).toBeGreaterThanOrEqual(count)
          expect(read.position.end).toBeGreaterThanOrEqual(Math.max(end, ends.get(id) ?? 0))
          if (read.exists) expect(epochs.get(id) ?? read.position.epoch).toBe(read.position.epoch)
          if (read.exists) epochs.set(id, read.position.epoch)
          ends.set(id, read.position.end)
          // What was cut off in its midst is found by whoever goes on.
          const due = await store.due()
          if (read.running) expect(due).toContain(conversationKey('ann', id))
        }
        expect(logger.lines.filter(([level]) => level === 'error')).toEqual([])
        await store.close()
      }
      for (const id of conversations) expect(ends.get(id)).toBeGreaterThan(kills)
    },
    240_000,
  )
})
