import { parentPort, workerData } from 'node:worker_threads'
import { drawSchedule } from './schedule.js'
import { simulate } from './simulate.js'

export interface Search {
  /** How many worlds to try. */
  readonly worlds: number
  /** A world to try before the others. */
  readonly first: number | undefined
}

export interface Violation {
  /** The world that breaks a promise. */
  readonly seed: number
  readonly text: string
}

/** The first of the worlds that breaks a promise, and how. */
async function findViolation({ worlds, first }: Search): Promise<Violation | null> {
  const inOrder = Array.from({ length: worlds }, (_, index) => index + 1)
  for (const seed of first === undefined ? inOrder : [first, ...inOrder]) {
    const [violation] = (await simulate(drawSchedule(seed))).violations
    if (violation) return { seed, text: `${violation.kind}: ${violation.text}` }
  }
  return null
}

// The entry of what is built with a deliberate bug in it: a thread that is told which worlds to try.
parentPort?.postMessage(await findViolation(workerData as Search))
