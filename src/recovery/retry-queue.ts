import { inDevelopment } from '../shared/check-option.js'
import type { RetryTask } from './retry-task.js'

/** A task that waits, after the place of its run among all runs. */
type Entry = readonly [order: number, task: RetryTask]

/**
 * The tasks that wait, in the order in which they were made. Readers share immutable views. A change copies the list,
 * which even for thousands of tasks costs next to nothing beside a map of them.
 */
export class RetryQueue {
  #entries: readonly Entry[] = []
  view = createView([])

  /** Shows `task` at the place of its run; without it, nothing waits there any longer. */
  change(order: number, task: RetryTask | undefined): void {
    const entries = [...this.#entries]
    // Most changes are those of the newest tasks.
    const before = entries.findLastIndex((entry) => entry[0] < order) + 1
    const old = entries[before]?.[0] === order ? 1 : 0
    entries.splice(before, old, ...(task ? [[order, task] as const] : []))
    this.#entries = entries
    this.view = createView(entries)
  }
}

function createView(entries: readonly Entry[]): ReadonlyMap<string, RetryTask> {
  const get = (taskId: string) => entries.find(([, task]) => task.taskId === taskId)?.[1]
  // Step by step, so that who looks at the first one alone pays for that one.
  function* pairs(): Generator<[string, RetryTask], undefined> {
    for (const [, task] of entries) yield [task.taskId, task]
    return undefined
  }
  function* each<Index extends 0 | 1>(index: Index): Generator<[string, RetryTask][Index], undefined> {
    for (const pair of pairs()) yield pair[index]
    return undefined
  }
  const view: ReadonlyMap<string, RetryTask> = {
    size: entries.length,
    get,
    has: (taskId: string) => get(taskId) !== undefined,
    keys: () => each(0),
    values: () => each(1),
    entries: pairs,
    [Symbol.iterator]: pairs,
    forEach(listener) {
      for (const [taskId, task] of pairs()) listener(task, taskId, view)
    },
  }
  // Readers share the view, so a cast to `Map` does not let one of them change it: there is no method for that. A developer
  // reads why.
  inDevelopment(() => {
    const refuse = () => {
      throw new TypeError('unable to change retryQueue; it is read-only')
    }
    Object.assign(view, { set: refuse, delete: refuse, clear: refuse })
  })
  return view
}
