import { inDevelopment } from '../shared/check-option.js'
import type { RetryTask } from './retry-task.js'

/** A task that waits, with the place of its run among all runs. */
interface Entry {
  readonly order: number
  readonly task: RetryTask
}

/**
 * The tasks that wait, in the order in which they were made. Readers share immutable views. A change copies the list,
 * which even for thousands of tasks costs next to nothing beside a map of them.
 */
export class RetryQueue {
  #entries: readonly Entry[] = []
  #view: ReadonlyMap<string, RetryTask> | undefined

  get view(): ReadonlyMap<string, RetryTask> {
    this.#view ??= createView(this.#entries)
    return this.#view
  }

  /** Shows `task` at the place of its run; without it, nothing waits there any longer. */
  change(order: number, task: RetryTask | undefined): void {
    const entries = [...this.#entries]
    // Most changes are those of the newest tasks.
    const before = entries.findLastIndex((entry) => entry.order < order) + 1
    const old = entries[before]?.order === order ? 1 : 0
    entries.splice(before, old, ...(task ? [{ order, task }] : []))
    this.#entries = entries
    this.#view = undefined
  }
}

function createView(entries: readonly Entry[]): ReadonlyMap<string, RetryTask> {
  const get = (taskId: string) => entries.find(({ task }) => task.taskId === taskId)?.task
  // Step by step, so that who looks at the first one alone pays for that one.
  function* each<T>(of: (task: RetryTask) => T): Generator<T, undefined> {
    for (const { task } of entries) yield of(task)
    return undefined
  }
  const pairs = () => each((task): [string, RetryTask] => [task.taskId, task])
  const view: ReadonlyMap<string, RetryTask> = {
    size: entries.length,
    get,
    has: (taskId: string) => get(taskId) !== undefined,
    keys: () => each(({ taskId }) => taskId),
    values: () => each((task) => task),
    entries: pairs,
    [Symbol.iterator]: pairs,
    forEach(listener) {
      for (const { task } of entries) listener(task, task.taskId, view)
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
