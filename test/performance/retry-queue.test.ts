import { expect, it } from 'vitest'
import { failing, setup, watch } from '../recovery/support.js'
import { settle } from '../support/virtual-clock.js'
import { compare, microseconds, report } from './measure.js'

const idleClock = { now: () => 0, setTimeout: () => 0, clearTimeout: () => {} }

/** Microseconds a task, if as many wait in the end, and a reader looks at the first one after each change. */
async function timePerTask(tasks: number): Promise<number> {
  const { manager } = setup({ retryBudget: false, clock: idleClock })
  let seen = 0
  manager.subscribe(() => {
    const [first] = manager.retryQueue.keys()
    seen += first === 'task 0' && manager.retryQueue.has(first) ? 1 : 0
  })
  const begin = performance.now()
  for (let id = 0; id < tasks; id++) watch(manager.executeWithRetry(`task ${id}`, failing(9, 1).operation))
  await settle()
  const spent = performance.now() - begin
  expect(seen).toBe(tasks)
  return (spent * 1000) / tasks
}

it('a change of the retry queue costs its reader at most four times as much with eight times as many tasks', async () => {
  const [few, many] = await compare(
    () => timePerTask(1000),
    () => timePerTask(8000),
    5,
  )
  report('a change of the retry queue', {
    'with 1,000 tasks': microseconds(few),
    'with 8,000 tasks': microseconds(many),
  })
  // Each change copies the list of tasks, and nothing else of the queue grows with them.
  expect(many).toBeLessThan(4 * few)
})
