import { isOpen, type TaskRecord } from './task-record.js'

/**
 * The tasks that a fold knows, by id. Tasks that are over are kept apart, so that a look at the open ones costs the same
 * however many there were.
 */
export class TaskTable {
  readonly #open = new Map<string, TaskRecord>()
  readonly #over = new Map<string, TaskRecord>()

  constructor(tasks: Iterable<TaskRecord> = []) {
    for (const task of tasks) this.set(task.taskId, task)
  }

  get(taskId: string): TaskRecord | undefined {
    return this.#open.get(taskId) ?? this.#over.get(taskId)
  }

  has(taskId: string): boolean {
    return this.get(taskId) !== undefined
  }

  /** Queued, running and failed tasks, in the order in which they run. */
  open(): Iterable<TaskRecord> {
    return this.#open.values()
  }

  /** A task keeps its place among the open ones until it is over. */
  set(taskId: string, task: TaskRecord): void {
    const [to, from] = isOpen(task) ? [this.#open, this.#over] : [this.#over, this.#open]
    from.delete(taskId)
    to.set(taskId, task)
  }

  delete(taskId: string): void {
    this.#open.delete(taskId)
    this.#over.delete(taskId)
  }
}
