import { attempt } from './attempt.js'
import type { Clock } from './clock.js'
import { waitUnlessAborted } from './wait.js'

export interface TimeLimit {
  readonly ms: number
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
}

/**
 * Waits for the result of `work`, an app's code, which may hang. Gives up on abort, or with `late()` after so many milliseconds, and
 * then aborts the signal that `work` was handed.
 */
export const withTimeout = <T>(
  work: (signal: AbortSignal) => T | Promise<T>,
  { ms, clock, signal }: TimeLimit,
  late: () => Error,
): Promise<T> =>
  waitUnlessAborted(signal, (resolve, reject) => {
    const givenUp = new AbortController()
    let isOver = false
    const over = () => {
      isOver = true
    }
    const timer = clock.setTimeout(() => reject(late()), ms)
    const running = attempt(() => work(givenUp.signal))
    running.then(over, over)
    running.then(resolve, reject)
    return () => {
      clock.clearTimeout(timer)
      if (!isOver) givenUp.abort(signal?.reason)
    }
  })
