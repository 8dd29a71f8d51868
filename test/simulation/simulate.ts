import { check } from './checker.js'
import type { Violation } from './record.js'
import { drawSchedule, type Schedule } from './schedule.js'
import type { StepName } from './steps.js'
import { live } from './world.js'

export interface Outcome {
  readonly violations: readonly Violation[]
  readonly trace: readonly string[]
  readonly struck: ReadonlyMap<StepName, number>
}

/** Lives a world's life and judges it. */
export async function simulate(schedule: Schedule, options?: { isTraced?: boolean }): Promise<Outcome> {
  const { record, trace, struck } = await live(schedule, options)
  return { violations: check(record, schedule.terms), trace, struck }
}

export const simulateSeed = (seed: number): Promise<Outcome> => simulate(drawSchedule(seed))
