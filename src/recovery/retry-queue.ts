import type { RetryTask } from './retry-task.js'

/** A task that waits, with the place of its run among all runs. */
interface Entry {
  readonly order: number
  readonly task: RetryTask
}

/** The queue between two changes: what the change after it replaced, and the version that began then. */
interface Version {
  next?: Version
  taskId?: string
  replaced?: Entry | undefined
}

/**
 * The tasks that wait. Readers share immutable views, and a change costs the same however many tasks wait: there is one
 * map, which holds the latest state, and an older view finds in the versions after its own what they replaced.
 */
export class RetryQueue {
  #latest = new Map<string, Entry>()
  #version: Version = {}
  #view: ReadonlyMap<string, RetryTask> | undefined
  #versions = 0

  get view(): ReadonlyMap<string, RetryTask> {
    this.#view ??= createView(this.#latest, this.#version)
    return this.#view
  }

  /** Shows `task`; without it, the task of this id waits no longer. */
  change(taskId: string, order: number, task: RetryTask | undefined): void {
    const replaced = this.#latest.get(taskId)
    if (replaced?.task === task) return
    this.#beginVersion(taskId, replaced)
    if (task) this.#latest.set(taskId, { order, task })
    else this.#latest.delete(taskId)
  }

  #beginVersion(taskId: string, replaced: Entry | undefined) {
    this.#view = undefined
    this.#versions++
    if (this.#versions > this.#latest.size + 100) {
      // A view that a caller keeps must not keep all versions after it: the view keeps the map of its time.
      this.#latest = new Map(this.#latest)
      this.#version = {}
      this.#versions = 0
    } else {
      const next: Version = {}
      Object.assign(this.#version, { taskId, replaced, next })
      this.#version = next
    }
  }
}

const refuseChange = (): never => {
  throw new TypeError('unable to change retryQueue; it is read-only')
}

function createView(latest: ReadonlyMap<string, Entry>, version: Version): ReadonlyMap<string, RetryTask> {
  const { size } = latest
  let tasks: ReadonlyMap<string, RetryTask> | undefined

  const find = (taskId: string): RetryTask | undefined => {
    let seen = version
    while (seen.next && seen.taskId !== taskId) seen = seen.next
    return (seen.next ? seen.replaced : latest.get(taskId))?.task
  }

  const all = () => {
    tasks ??= listTasks(latest, version)
    return tasks
  }

  const view: Record<PropertyKey, unknown> = {
    size,
    get: find,
    has: (taskId: string) => find(taskId) !== undefined,
    // Readers share the view, so a cast to `Map` must not let one of them change it.
    ...{ set: refuseChange, delete: refuseChange, clear: refuseChange },
  }
  for (const method of ['forEach', 'keys', 'values', 'entries', Symbol.iterator] as const)
    view[method] = (...args: never[]) => (all()[method] as (...args: never[]) => unknown)(...args)
  return view as never
}

/** The tasks of a version, in the order in which they were made. */
function listTasks(latest: ReadonlyMap<string, Entry>, version: Version): Map<string, RetryTask> {
  const replaced = new Map<string, Entry | undefined>()
  for (let seen = version; seen.next; seen = seen.next) {
    const { taskId = '' } = seen
    // The first change after the version replaced what the version shows.
    if (!replaced.has(taskId)) replaced.set(taskId, seen.replaced)
  }
  const entries = [...new Map([...latest, ...replaced]).values()]
  return new Map(
    entries
      .filter((entry) => entry !== undefined)
      .sort((a, b) => a.order - b.order)
      .map(({ task }) => [task.taskId, task]),
  )
}
