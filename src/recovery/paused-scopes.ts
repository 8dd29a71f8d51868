/** One reason that holds one scope; without a scope it holds all but the connection's. */
export interface Hold {
  readonly reason: string
  readonly scope: string | undefined
}

/**
 * The scope that only a pause by its name holds: what pauses the others is most often that the connection is down, and
 * its tasks are what brings it back.
 */
export const connectionScope = 'connection'

export function isHeld(holds: readonly Hold[], scope: string): boolean {
  return holds.some((hold) => (hold.scope === undefined ? scope !== connectionScope : hold.scope === scope))
}

export function addHold(holds: readonly Hold[], reason: string, scope: string | undefined): readonly Hold[] {
  const known = holds.some((hold) => hold.reason === reason && hold.scope === scope)
  return known ? holds : [...holds, { reason, scope }]
}

/** Lifts the reason from every scope that it holds. */
export function dropHolds(holds: readonly Hold[], reason: string): readonly Hold[] {
  return holds.filter((hold) => hold.reason !== reason)
}
