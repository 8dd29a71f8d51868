import { attempt } from './attempt.js'
import type { Clock } from './clock.js'
import { waitUnlessAborted } from './wait.js'

export interface TimeLimit {
  readonly ms: number
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
}

/**
 * The result of `work`, given up on abort, or with `late()` after so many milliseconds: an app's code may hang. The signal that
 * it is handed is aborted when it is given up.
 */
export const withTimeout = <T>(
  work: (signal: AbortSignal) => T | Promise<T>,
  { ms, clock, signal }: TimeLimit,
  late: () => Error,
): Promise<T> =>
  waitUnlessAborted(signal, (resolve, reject) => {
    const givenUp = new AbortController()
    let isOver = false
    const over =
      <V>(settle: (value: V) => void) =>
      (value: V) => {
        isOver = true
        settle(value)
      }
    const timer = clock.setTimeout(() => reject(late()), ms)
    attempt(() => work(givenUp.signal)).then(over(resolve), over(reject))
    return () => {
      clock.clearTimeout(timer)
      if (!isOver) givenUp.abort(signal?.reason)
    }
  })
