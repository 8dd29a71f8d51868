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

  /** Those that are known already stay as they are, where they are. @returns those that were not known. */
  addBefore(tasks: LocalTasks): LocalTasks {
    const fresh = tasks.filter(({ taskId }) => !this.#byId.has(taskId))
    this.#byId = new Map([...fresh, ...this.all].map((task) => [task.taskId, task]))
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
