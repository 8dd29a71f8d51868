import type { Violation } from './record.js'
import type { Schedule } from './schedule.js'
import { simulate } from './simulate.js'

/** The steps of a schedule at these places, in their order. */
export const keepSteps = (schedule: Schedule, kept: readonly number[]): Schedule => ({
  ...schedule,
  steps: kept.flatMap((index) => schedule.steps[index] ?? []),
})

// Each try lives a whole world; a schedule of two dozen steps needs far fewer.
const mostTries = 400

/**
 * The places of the fewest steps that still break a promise in the same way: halves are left out, then quarters, and so
 * on down to single steps, until none can go.
 */
export async function shrink(schedule: Schedule, violation: Violation): Promise<number[]> {
  let tries = 0
  const stillFails = async (kept: readonly number[]) => {
    tries += 1
    const { violations } = await simulate(keepSteps(schedule, kept))
    return violations.some(({ kind }) => kind === violation.kind)
  }
  let kept = [...schedule.steps.keys()]
  for (let size = Math.ceil(kept.length / 2); size >= 1 && tries < mostTries; ) {
    const before = kept.length
    for (let from = 0; from < kept.length && tries < mostTries; ) {
      const rest = kept.toSpliced(from, size)
      if (await stillFails(rest)) kept = rest
      else from += size
    }
    if (size > 1) size = Math.ceil(size / 2)
    else if (kept.length === before) break
  }
  return kept
}
