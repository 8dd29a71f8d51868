import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** The middle one of an odd number of figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new RangeError('unable to give a median; there are no figures')
  return middle
}

/** The figure below which `share` of them lie, from 0 to 1. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Microseconds that one call takes, over many calls in a row. */
export function timePerCall(calls: number, call: (index: number) => unknown): number {
  const begin = performance.now()
  for (let index = 0; index < calls; index++) call(index)
  return ((performance.now() - begin) * 1000) / calls
}

export async function timePerAsyncCall(
  calls: number,
  call: (index: number) => Promise<unknown>,
): Promise<number> {
  const begin = performance.now()
  for (let index = 0; index < calls; index++) await call(index)
  return ((performance.now() - begin) * 1000) / calls
}

/** The least of many short measurements of what always takes the same: the one that nothing else on the machine disturbed. */
export const leastOf = (times: number, measure: () => number): number =>
  Math.min(...Array.from({ length: times }, measure))

/**
 * The medians of two measurements that are taken in turn, so that whatever else the machine does falls on both alike.
 * The first round of each only warms up.
 */
export async function compare(
  first: () => number | Promise<number>,
  second: () => number | Promise<number>,
  rounds = 7,
): Promise<[number, number]> {
  const figures: [number[], number[]] = [[], []]
  for (let round = 0; round <= rounds; round++) {
    const a = await first()
    const b = await second()
    if (round === 0) continue
    figures[0].push(a)
    figures[1].push(b)
  }
  return [median(figures[0]), median(figures[1])]
}

// Without a flag on the command line, so that the tests run as all others do.
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Bytes of heap in use after a collection. */
export async function heapUsed(): Promise<number> {
  // Weak references are cleared between turns, and what they held only goes with the collection after that.
  for (let round = 0; round < 3; round++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().heapUsed
}

/** The least-squares slope of `figures` over their index. */
export function slope(figures: readonly number[]): number {
  const n = figures.length
  const meanX = (n - 1) / 2
  const meanY = figures.reduce((sum, y) => sum + y, 0) / n
  let covariance = 0
  let variance = 0
  for (const [x, y] of figures.entries()) {
    covariance += (x - meanX) * (y - meanY)
    variance += (x - meanX) ** 2
  }
  return covariance / variance
}

/**
 * Sen's slope and its 95 % interval (P. K. Sen, 1968): the median of the slopes between each two figures, and the two
 * ranks beside the median that Kendall's variance gives. A few figures that something else disturbed do not move them.
 */
export function slopeWithInterval(figures: readonly number[]): { slope: number; from: number; to: number } {
  const n = figures.length
  const slopes = figures
    .flatMap((early, x) => figures.slice(x + 1).map((late, apart) => (late - early) / (apart + 1)))
    .sort((a, b) => a - b)
  const reach = 1.96 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)
  const rank = (at: number) => slopes[Math.min(slopes.length - 1, Math.max(0, at))] ?? Number.NaN
  return {
    slope: rank(Math.floor(slopes.length / 2)),
    from: rank(Math.floor((slopes.length - reach) / 2) - 1),
    to: rank(Math.ceil((slopes.length + reach) / 2)),
  }
}

export const kilobytes = (bytes: number, digits = 1) => `${(bytes / 1024).toFixed(digits)} kB`
export const microseconds = (figure: number) => `${figure.toFixed(3)} µs`
export const milliseconds = (figure: number) => `${figure.toFixed(1)} ms`

/** Prints figures on one line, for whoever wants to know by how much a bound is kept. */
export function report(what: string, figures: Record<string, string>): void {
  const text = Object.entries(figures).map(([name, figure]) => `${name} ${figure}`)
  console.info(`${what}: ${text.join(', ')}`)
}
