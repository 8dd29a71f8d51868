import type { Clock, TimerId } from '../shared/clock.js'
import type { LocalTask } from './local-task.js'

export interface DeadlinesOptions {
  readonly clock: Clock
  /** Milliseconds from the person's action; may be `Infinity`. */
  readonly maxAge: number
  readonly expired: (taskId: string) => void
}

/**
 * Until when each task may wait. Timers decide, since they go on when somebody sets the clock; the clock is asked once,
 * for what an earlier page left. Where that is too late already, the earlier page may have sent it in time: the task is
 * not given up before the log was read.
 */
export class Deadlines {
  readonly #options: DeadlinesOptions
  /** Null for what was overdue from the beginning. */
  readonly #timers = new Map<string, TimerId | null>()

  constructor(options: DeadlinesOptions) {
    this.#options = options
  }

  /** These tasks wait, and no others. */
  keep(tasks: readonly LocalTask[]): void {
    const { clock, maxAge } = this.#options
    const waiting = new Set(tasks.map(({ taskId }) => taskId))
    for (const [taskId, timer] of this.#timers) {
      if (waiting.has(taskId)) continue
      clock.clearTimeout(timer)
      this.#timers.delete(taskId)
    }
    if (maxAge === Number.POSITIVE_INFINITY) return
    for (const { taskId, createdAt } of tasks) {
      if (!this.#timers.has(taskId)) this.#set(taskId, timeLeft(createdAt, clock.now(), maxAge))
    }
  }

  /** Whether it must not be sent any more, if it is not in the log. */
  isOverdue(taskId: string): boolean {
    return this.#timers.get(taskId) === null
  }

  #set(taskId: string, delay: number): void {
    const { clock, expired } = this.#options
    this.#timers.set(taskId, delay === 0 ? null : clock.setTimeout(() => expired(taskId), delay))
  }
}

/** Milliseconds until something of this time is older than `maxAge`. What seems to come from the future is new. */
export function timeLeft(createdAt: string, now: number, maxAge: number): number {
  const age = now - Date.parse(createdAt)
  return age >= 0 ? Math.max(0, maxAge - age) : maxAge
}
