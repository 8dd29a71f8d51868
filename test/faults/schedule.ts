import type { Random } from '../../src/shared/clock.js'

/** How much is sent. */
export interface Size {
  /** People who chat at the same time, each with a line of their own. */
  readonly people: number
  /** How often the fault strikes. */
  readonly rounds: number
  /** What each person sends around one strike. */
  readonly messages: number
}

/** One strike of a fault, and what is sent around it; times are milliseconds after the round's beginning. */
export interface Round {
  readonly strikeAt: number
  readonly durationMs: number
  /** For faults that come in kinds: a number from 0 to 1. */
  readonly shade: number
  /** For each person, in order. */
  readonly sends: readonly (readonly number[])[]
}

const strikeAt = 300
/** How long before the strike a message leaves that is under way when it comes: a round trip is 40 ms. */
const underWayMs = 60

/** When everything happens, from a seed, so that each program meets the same faults at the same moments. */
export function planRounds(
  { people, rounds, messages }: Size,
  [shortest, longest]: readonly [number, number],
  random: Random,
): Round[] {
  const between = (from: number, to: number) => Math.round(from + random() * (to - from))
  return Array.from({ length: rounds }, () => {
    const durationMs = between(shortest, longest)
    const sendAt = (_: unknown, index: number) => {
      // Before, under way at the strike, while it lasts: in turns, so that small sizes have each.
      if (index % 3 === 0) return strikeAt - between(0, underWayMs)
      if (index % 3 === 1) return strikeAt + between(0, Math.max(durationMs, 500))
      return between(0, strikeAt)
    }
    return {
      strikeAt,
      durationMs,
      shade: random(),
      sends: Array.from({ length: people }, () =>
        Array.from({ length: messages }, sendAt).sort((a, b) => a - b),
      ),
    }
  })
}
