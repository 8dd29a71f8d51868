import { type Clock, systemClock } from './clock.js'

export interface DelayOptions {
  /** Ends the wait early: the promise then rejects with `signal.reason`. */
  signal?: AbortSignal | undefined
  /** @default systemClock */
  clock?: Clock | undefined
}

// Longer timers fire at once in browsers and in Node, so a longer wait is made of several.
const longestTimer = 2 ** 31 - 1

/** Resolves after `ms` milliseconds. Neither a timer nor an abort listener outlives the promise. */
export function delay(ms: number, { signal, clock = systemClock }: DelayOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    let remaining = ms
    const arm = () => {
      const part = Math.min(remaining, longestTimer)
      remaining -= part
      return clock.setTimeout(elapsed, part)
    }
    const elapsed = () => {
      if (remaining > 0) {
        timer = arm()
        return
      }
      signal?.removeEventListener('abort', abort)
      resolve()
    }
    const abort = () => {
      clock.clearTimeout(timer)
      reject(signal?.reason)
    }
    let timer = arm()
    signal?.addEventListener('abort', abort, { once: true })
  })
}
