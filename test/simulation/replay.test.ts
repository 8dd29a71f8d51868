import { expect, it } from 'vitest'
import { replay } from './run.js'
import { drawSchedule } from './schedule.js'
import { keepSteps } from './shrink.js'
import { simulate } from './simulate.js'

/** Task ids are random; what matters is which of them is which. */
function withoutIds(trace: readonly string[]): string {
  const names = new Map<string, string>()
  return trace.join('\n').replace(/[\w-]{21}/g, (id) => {
    names.set(id, names.get(id) ?? `task ${names.size + 1}`)
    return names.get(id) ?? id
  })
}

it('the same seed tells the same story, frame by frame', async () => {
  for (const seed of [3, 14, 159]) {
    const once = await simulate(drawSchedule(seed), { isTraced: true })
    const twice = await simulate(drawSchedule(seed), { isTraced: true })
    expect(once.trace.length).toBeGreaterThan(10)
    expect(withoutIds(twice.trace)).toBe(withoutIds(once.trace))
  }
})

it('a part of a schedule tells the same story each time', async () => {
  const part = keepSteps(drawSchedule(7), [0, 2, 3, 5, 8])
  const once = await simulate(part, { isTraced: true })
  const twice = await simulate(part, { isTraced: true })
  expect(withoutIds(twice.trace)).toBe(withoutIds(once.trace))
})

it('a world that is told begins with the command that repeats it', async () => {
  const story = await replay(7, [0, 2, 3])
  expect(story.split('\n')[0]).toBe('npm run simulate -- --seed 7 --keep 0,2,3')
  expect(story).toMatch(/0 violations$/)
})
