import { readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second, whatever its kernel's own tick is. */
const msPerTick = 10

/**
 * Milliseconds of processor time that a process has used, in steps of 10; the time that has passed where the system does
 * not tell.
 */
export function processorTime(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name before it may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * msPerTick
  } catch {
    return performance.now()
  }
}
