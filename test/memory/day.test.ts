import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { kilobytes, report, slopeWithInterval } from '../performance/measure.js'
import type { Day, DaySettings } from './day.js'

const hours = 24
// Interpreted functions get their feedback, and those of the start lose their bytecode, in the first thirty hours.
const warmUp = 48

// Compiled code is on the heap too, and the engine makes it and throws it away for weeks: of the 586 kB by which heap
// snapshots of hours 168 and 1,000 differ, 583 kB are code, what belongs to it and what the engine learned for it, and
// 0.5 kB are objects. Without a compiler the heap stays level over 2,000 hours, so that a growth is the client's. One
// thread collects: with several, single hours measure up to 127 kB more.
const flags = ['--jitless', '--no-expose-wasm', '--single-threaded-gc', '--import', 'tsx']
const program = fileURLToPath(new URL('./day.ts', import.meta.url))

async function spendDay({ kept }: Pick<DaySettings, 'kept'>) {
  const settings: DaySettings = { warmUp, hours, kept }
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...flags,
    program,
    JSON.stringify(settings),
  ])
  const day: Day = JSON.parse(stdout)
  const { heap, answers } = day
  const { slope, from, to } = slopeWithInterval(heap)
  report(`${hours} simulated hours, ${answers} answers, ${8 * kept} bytes kept every hour`, {
    'heap slope': `${kilobytes(slope, 2)} per hour, 95 % interval ${kilobytes(from, 2)} to ${kilobytes(to, 2)}`,
    heap: `${kilobytes(heap[0] ?? 0)} to ${kilobytes(heap.at(-1) ?? 0)}`,
  })
  return { ...day, from, to }
}

it('holds its memory over a day of use, with a lost connection every hour', async () => {
  const { answers, pending, to } = await spendDay({ kept: 0 })
  expect(pending).toBe(0)
  expect(answers).toBe(12 * (warmUp + hours))
  // Stricter than an interval that includes 0: a measurement too coarse to exclude a leak fails.
  expect(to).toBeLessThan(1024)
})

it('would see a little more than 1 kB that is kept every hour', async () => {
  const { from } = await spendDay({ kept: 160 })
  expect(from).toBeGreaterThan(1024)
})
