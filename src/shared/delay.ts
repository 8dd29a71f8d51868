import { type Clock, systemClock } from './clock.js'
import { waitUnlessAborted } from './wait.js'

export interface DelayOptions {
  /** Ends the wait early: the promise then rejects with `signal.reason`. */
  signal?: AbortSignal | undefined
  /** @default systemClock */
  clock?: Clock | undefined
}

/** Resolves after `ms` milliseconds. Neither a timer nor an abort listener outlives the promise. */
export const delay = (ms: number, { signal, clock = systemClock }: DelayOptions = {}): Promise<void> =>
  waitUnlessAborted(signal, (resolve) => {
    const timer = clock.setTimeout(resolve, ms)
    return () => clock.clearTimeout(timer)
  })
