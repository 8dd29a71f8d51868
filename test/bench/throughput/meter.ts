import type { Measured } from './scenario.js'

/** Begins to measure. @returns what to call when so many are done. */
export function meter(): (count: number) => Measured {
  const cpu = process.cpuUsage()
  const begin = performance.now()
  return (count) => {
    const ms = performance.now() - begin
    const { user, system } = process.cpuUsage(cpu)
    return { perSecond: (count * 1000) / ms, cpu: (user + system) / count }
  }
}
