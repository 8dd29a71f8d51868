import { parentPort, workerData } from 'node:worker_threads'
import { drawSchedule } from './schedule.js'
import { simulate } from './simulate.js'

export interface Violation {
  /** How many worlds it took. */
  readonly seeds: number
  readonly text: string
}

/** The first of the worlds that breaks a promise, and how. */
async function findViolation(seeds: number): Promise<Violation | null> {
  for (let seed = 1; seed <= seeds; seed++) {
    const [first] = (await simulate(drawSchedule(seed))).violations
    if (first) return { seeds: seed, text: `${first.kind}: ${first.text}` }
  }
  return null
}

// The entry of what is built with a deliberate bug in it: a thread that is told how many worlds to try.
parentPort?.postMessage(await findViolation(workerData as number))
