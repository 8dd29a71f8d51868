import type { AttackReport, ServerReport } from './orders.js'

/** What one attack did, and to whom. */
export interface Row extends AttackReport {
  readonly attack: string
  /** Milliseconds after which the server had answered 99 % of what the bystanders asked. */
  readonly p99: number
  /** The same in processor time of the server: what the machine does to its processes has no part in it. */
  readonly cpuP99: number
  /** `p99` of a busy server beside it that nothing attacks: what the machine costs at this time. */
  readonly controlP99: number
  readonly samples: number
  readonly server: ServerReport
  readonly ms: number
}

export const bounds = {
  p99: 200,
  /** Milliseconds. If even the control takes longer, the machine is too busy for the clock to say anything of the server. */
  quietControlP99: 50,
  peakMB: 100,
  runs: 4,
  rooms: 100,
  /** New tasks of one user: a minute's worth at once, and what comes back with time. */
  sends: (ms: number) => 60 + Math.ceil(ms / 1000) + 1,
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** What of an attack must not have been; nothing if the server has held. */
export function judge({ p99, cpuP99, controlP99, samples, server, ms, wrong }: Row): string[] {
  const found = [...wrong]
  const more = (what: string, had: number, bound: number) => {
    // Also if it is no number.
    if (!(had <= bound)) found.push(`${what}: ${Math.round(had)}, at most ${bound}`)
  }
  if (samples === 0) found.push('the bystanders were not answered at all')
  more('milliseconds of the server’s time, bystanders’ p99', cpuP99, bounds.p99)
  if (!(controlP99 > bounds.quietControlP99)) more('milliseconds, bystanders’ p99', p99, bounds.p99)
  more('megabytes added', server.peakMB, bounds.peakMB)
  more('answers at once for one user', server.maxRuns, bounds.runs)
  more('answers begun for one user', server.startedRuns, bounds.sends(ms))
  more('conversations open on one connection', server.maxRooms, bounds.rooms)
  more('forged calls that reached the responder', server.forgedCalls, 0)
  return found
}
