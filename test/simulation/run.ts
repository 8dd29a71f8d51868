import { drawSchedule } from './schedule.js'
import { keepSteps, shrink } from './shrink.js'
import { simulate } from './simulate.js'
import type { StepName } from './steps.js'

export interface Summary {
  readonly worlds: number
  readonly perMinute: number
  /** How often each fault has struck, and each action was done. */
  readonly struck: ReadonlyMap<StepName, number>
  /** What to print of a world that broke a promise; null where none did. */
  readonly failure: string | null
}

/** Lives worlds of one seed after the other, until one breaks a promise. */
export async function run(
  { from, runs }: { readonly from: number; readonly runs: number },
  progress: (worlds: number) => void = () => {},
): Promise<Summary> {
  const began = performance.now()
  const total = new Map<StepName, number>()
  let failure: string | null = null
  let worlds = 0
  for (let seed = from; seed < from + runs && failure === null; seed++) {
    const { violations, struck } = await simulate(drawSchedule(seed))
    for (const [what, count] of struck) total.set(what, (total.get(what) ?? 0) + count)
    worlds += 1
    if (violations.length > 0) failure = await explain(seed)
    progress(worlds)
  }
  const perMinute = Math.round((worlds * 60_000) / (performance.now() - began))
  return { worlds, perMinute, struck: total, failure }
}

/** The smallest part of a world's schedule that still fails, the command that repeats it, and what happens then. */
export async function explain(seed: number): Promise<string> {
  const schedule = drawSchedule(seed)
  const [first] = (await simulate(schedule)).violations
  if (!first) return `seed ${seed}: 0 violations`
  const kept = await shrink(schedule, first)
  return replay(seed, kept)
}

/** One world, told. */
export async function replay(seed: number, kept: readonly number[] | null): Promise<string> {
  const whole = drawSchedule(seed)
  const schedule = kept ? keepSteps(whole, kept) : whole
  const { violations, trace } = await simulate(schedule, { isTraced: true })
  const keep = kept ? ` --keep ${kept.join(',')}` : ''
  return [
    `npm run simulate -- --seed ${seed}${keep}`,
    JSON.stringify(schedule.terms),
    ...trace,
    ...violations.map(({ kind, text }) => `VIOLATION of promise ${kind}: ${text}`),
    `${violations.length} violations`,
  ].join('\n')
}
