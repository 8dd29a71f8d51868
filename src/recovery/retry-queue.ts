import { inDevelopment } from '../shared/check-option.js'
import type { RetryTask } from './retry-task.js'

type Entry = [taskId: string, task: RetryTask]

/**
 * The tasks that wait, in the order in which they were made. Readers share immutable views. A change copies the list,
 * which even for thousands of tasks costs next to nothing beside a map of them.
 */
export class RetryQueue {
  /** The place of each entry's run among all runs. */
  readonly #orders: number[] = []
  #entries: readonly Entry[] = []
  view = createView([])

  /** Shows `task` at the place of its run; without it, nothing waits there any longer. */
  change(order: number, task: RetryTask | undefined): void {
    const entries = [...this.#entries]
    // Most changes are those of the newest tasks.
    const before = this.#orders.findLastIndex((other) => other < order) + 1
    const old = this.#orders[before] === order ? 1 : 0
    this.#orders.splice(before, old, ...(task ? [order] : []))
    // Frozen, because the readers of all views share it.
    entries.splice(before, old, ...(task ? [Object.freeze<Entry>([task.taskId, task]) as Entry] : []))
    this.#entries = entries
    this.view = createView(entries)
  }
}

function createView(entries: readonly Entry[]): ReadonlyMap<string, RetryTask> {
  const get = (taskId: string) => entries.find((entry) => entry[0] === taskId)?.[1]
  const iterate = () => entries.values()
  const view: ReadonlyMap<string, RetryTask> = {
    size: entries.length,
    get,
    has: (taskId: string) => get(taskId) !== undefined,
    // Step by step, so that who looks at the first one alone pays for that one.
    *keys() {
      for (const entry of entries) yield entry[0]
      return undefined
    },
    *values() {
      for (const entry of entries) yield entry[1]
      return undefined
    },
    entries: iterate,
    [Symbol.iterator]: iterate,
    forEach(listener) {
      for (const [taskId, task] of entries) listener(task, taskId, view)
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
