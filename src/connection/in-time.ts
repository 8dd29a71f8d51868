import { waitUnlessAborted } from '../shared/abort.js'
import type { Clock } from '../shared/clock.js'

export interface TimeLimit {
  readonly ms: number
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
}

/** What `work` gives, given up on abort, or with `late()` after so many milliseconds: an app's code may hang. */
export const inTime = <T>(
  work: () => T | Promise<T>,
  { ms, clock, signal }: TimeLimit,
  late: () => Error,
): Promise<T> =>
  waitUnlessAborted(signal, (resolve, reject) => {
    const timer = clock.setTimeout(() => reject(late()), ms)
    new Promise<T>((begin) => begin(work())).then(resolve, reject)
    return () => clock.clearTimeout(timer)
  })
