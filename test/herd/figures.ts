/** The most that `times`, in their order, hold within any second, wherever it begins. */
export function busiestSecond(times: readonly number[]): number {
  let most = 0
  let first = 0
  for (const [index, time] of times.entries()) {
    while (time - (times[first] ?? time) >= 1000) first++
    most = Math.max(most, index - first + 1)
  }
  return most
}

/** The share of the most frequent one, from 0 to 1. */
export function shareOfMostFrequent(delays: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const delay of delays) counts.set(delay, (counts.get(delay) ?? 0) + 1)
  return Math.max(...counts.values()) / delays.length
}
