import type { ConversationSnapshot } from 'reconvene'

export type StrikeKind = 'kill' | 'pause' | 'redis'

/** One blow to the cluster, and what became of the answer that it hit. Times are in milliseconds of one clock. */
export interface Strike {
  readonly kind: StrikeKind
  readonly at: number
  /** When the page was told that the answer had been cut off. */
  readonly interruptedAt?: number
  /** When the whole answer was on the screen. */
  readonly wholeAt?: number
  readonly hasFailed?: boolean
}

const isOver = ({ wholeAt, hasFailed = false }: Strike) => wholeAt !== undefined || hasFailed

/** The page was told that the running answer was cut off. */
export const interrupted = (strikes: readonly Strike[], now: number): Strike[] =>
  strikes.map((strike) =>
    isOver(strike) || strike.interruptedAt !== undefined ? strike : { ...strike, interruptedAt: now },
  )

/** The conversation has changed: an answer that is complete or given up ends the strikes that hit it. */
export function settled(
  strikes: readonly Strike[],
  { status, messages }: Pick<ConversationSnapshot, 'status' | 'messages'>,
  now: number,
): readonly Strike[] {
  if (status === 'submitted' || status === 'streaming' || strikes.every(isOver)) return strikes
  const isWhole = messages.at(-1)?.role === 'assistant' && messages.at(-1)?.status === 'complete'
  return strikes.map((strike) =>
    isOver(strike) ? strike : isWhole ? { ...strike, wholeAt: now } : { ...strike, hasFailed: true },
  )
}
