/** What the server process is told: to begin counting anew, or to say what it has counted. */
export interface ServerOrder {
  readonly order: 'begin' | 'end'
  /** Whom the counts are about. */
  readonly user: string
}

export const attackerOf = (attack: string) => `attacker ${attack}`

/** What the server has counted during one attack. */
export interface ServerReport {
  /** Megabytes by which the process has grown at most, garbage that is not collected yet included. */
  readonly peakMB: number
  /** Answers of the attacker that ran at once at most. */
  readonly maxRuns: number
  readonly startedRuns: number
  /** Answers that were asked for with a tool call that no answer of the log has made. */
  readonly forgedCalls: number
  /** Lines that the server has logged. */
  readonly lines: number
  /** Conversations that one connection had open at most. */
  readonly maxRooms: number
}

export interface AttackOrder {
  readonly attack: string
  readonly url: string
  readonly ms: number
}

export interface AttackReport {
  /** How much was tried, in words. */
  readonly tried: string
  /** What the server let pass, or refused, although it must not. */
  readonly wrong: readonly string[]
}

/** What a process of correct clients has reached, said once they have reached it, or their time is over. */
export interface CorrectReport {
  readonly accepted: number
  readonly answered: number
  readonly wrong: readonly string[]
}
