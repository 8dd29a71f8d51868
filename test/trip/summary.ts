export interface Trip {
  /** In the order in which they were first entered. */
  readonly files: readonly string[]
  /** How often a function of another file than that of the last one was entered. */
  readonly switches: number
  /** How many switches led to a file that had been left. */
  readonly returns: number
}

/** Sums up the files of the functions that were entered, in their order. */
export function summaryOf(entered: readonly string[]): Trip {
  const visits = entered.filter((file, place) => file !== entered[place - 1])
  const files = [...new Set(visits)]
  return { files, switches: Math.max(0, visits.length - 1), returns: visits.length - files.length }
}
