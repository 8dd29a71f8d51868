import { drawSchedule } from './schedule.js'
import { simulate } from './simulate.js'

/** The first seed that breaks a promise, and how; the entry of what is built with a deliberate bug in it. */
export async function findViolation(
  seeds: number,
): Promise<{ readonly seeds: number; readonly text: string } | null> {
  for (let seed = 1; seed <= seeds; seed++) {
    const [first] = (await simulate(drawSchedule(seed))).violations
    if (first) return { seeds: seed, text: `${first.kind}: ${first.text}` }
  }
  return null
}
