import type { LocalTask, LocalTaskChange, LocalTasks } from './local-task.js'

/** The intents of one conversation, in the order in which the person acted. */
export class TaskList {
  #byId = new Map<string, LocalTask>()
  #all: LocalTasks | null = null

  /** The same array until something changes. */
  get all(): LocalTasks {
    this.#all ??= [...this.#byId.values()]
    return this.#all
  }

  find(taskId: string): LocalTask | undefined {
    return this.#byId.get(taskId)
  }

  add(task: LocalTask): void {
    this.#byId.set(task.taskId, task)
    this.#all = null
  }

  /**
   * Puts in, together, what a person did before: ahead of what came later. Those that are known already stay as they are,
   * where they are. @returns those that were not known.
   */
  insert(tasks: LocalTasks): LocalTasks {
    const fresh = tasks.filter(({ taskId }) => !this.#byId.has(taskId))
    const last = fresh.at(-1)?.createdAt ?? ''
    const later = this.all.findIndex(({ createdAt }) => createdAt > last)
    const place = later < 0 ? this.all.length : later
    const all = [...this.all.slice(0, place), ...fresh, ...this.all.slice(place)]
    this.#byId = new Map(all.map((task) => [task.taskId, task]))
    this.#all = null
    return fresh
  }

  change(taskId: string, change: LocalTaskChange): void {
    const task = this.find(taskId)
    if (task) this.add({ ...task, ...change })
  }

  remove(taskId: string): void {
    this.#byId.delete(taskId)
    this.#all = null
  }

  clear(): void {
    this.#byId.clear()
    this.#all = null
  }
}
