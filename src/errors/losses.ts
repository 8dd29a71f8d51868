import { AppError } from './app-error.js'
import type { Suspicion } from './connection-lost.js'

/** The connections that were lost while a request was unanswered. */
export interface Losses {
  /** How many connections were lost while the request was unanswered. */
  readonly total: number
  /** How many connections it probably ended. */
  readonly likely: number
}

export const noLosses: Losses = { total: 0, likely: 0 }

export const afterLoss = ({ total, likely }: Losses, suspicion: Suspicion): Losses => ({
  total: suspicion === 'none' ? total : total + 1,
  likely: suspicion === 'likely' ? likely + 1 : likely,
})

// Networks fail by chance, too. A request during whose wait alone four connections end is not unlucky.
const maxLikely = 4

/** @throws AppError `interrupted` if the request has probably ended so many connections that it must not be repeated. */
export function checkLosses({ likely }: Losses): void {
  if (likely < maxLikely) return
  throw new AppError({
    code: 'interrupted',
    retryable: false,
    message: `unable to get an answer; the connection was lost ${likely} times`,
  })
}
