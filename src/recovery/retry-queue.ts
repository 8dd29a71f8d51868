import type { RetryTask } from './retry-task.js'

const refuseChange = (): never => {
  throw new TypeError('unable to change retryQueue; it is read-only')
}

/** A map of what waits that stays as it is: readers share it, so a cast to `Map` must not let one of them change it. */
export const createRetryQueue = (tasks: readonly RetryTask[]): ReadonlyMap<string, RetryTask> =>
  Object.assign(new Map(tasks.map((task) => [task.taskId, task])), {
    set: refuseChange,
    delete: refuseChange,
    clear: refuseChange,
  })
