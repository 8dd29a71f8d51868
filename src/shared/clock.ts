export type TimerId = unknown

/** Time as the SDK sees it. Tests and simulations pass their own; everything else uses {@link systemClock}. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Runs `callback` once after at least `delay` milliseconds. */
  setTimeout(callback: () => void, delay: number): TimerId
  clearTimeout(id: TimerId): void
}

// Timers hold the delay in a signed 32-bit integer; beyond it, 24.8 days, they fire at once (HTML standard, "timers").
const longestTimeout = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, delay) => setTimeout(callback, Math.min(delay, longestTimeout)),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
}

/** A number in [0, 1), as `Math.random` gives. */
export type Random = () => number
