export type TimerId = unknown

/** Time as the SDK sees it. Tests and simulations pass their own; everything else uses {@link systemClock}. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Runs `callback` once after at least `delay` milliseconds. */
  setTimeout(callback: () => void, delay: number): TimerId
  clearTimeout(id: TimerId): void
}

// Timers hold the delay in a signed 32-bit whole; beyond it, 24.8 days, they fire at once (HTML standard, "timers").
const maxTimeout = 2 ** 31 - 1

/** A timer that may be made of several, one after the other. */
interface LongTimer {
  current: ReturnType<typeof setTimeout>
}

function begin(callback: () => void, delay: number, timer?: LongTimer): LongTimer {
  const rest = delay - maxTimeout
  const fire = () => (rest > 0 ? begin(callback, rest, begun) : callback())
  const current = setTimeout(fire, Math.min(delay, maxTimeout))
  const begun = Object.assign(timer ?? {}, { current })
  return begun
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, delay) => begin(callback, delay),
  clearTimeout: (timer) => clearTimeout((timer as LongTimer | null | undefined)?.current),
}

/** A number in [0, 1), as `Math.random` gives. */
export type Random = () => number
