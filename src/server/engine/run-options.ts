import type { RetryBudget } from '../../recovery/retry-budget.js'
import type { Respond } from '../respond.js'
import type { RetryPolicy } from '../retry-policy.js'
import type { ServerEnv } from '../server-env.js'
import type { Compactor } from './compactor.js'
import type { FlushTick } from './flush-tick.js'
import type { Replica } from './replica.js'

/** Everything that a run of a task needs. */
export interface RunOptions {
  readonly env: ServerEnv
  readonly respond: Respond
  readonly retry: RetryPolicy
  readonly allowance: RetryBudget
  /** Milliseconds without a chunk after which a try has failed. */
  readonly silenceMs: number
  /** Shared by all answers of this node. */
  readonly tick: FlushTick
  readonly limits: {
    readonly answerBytes: number
    readonly answerMs: number
    readonly failedPerConversation: number
  }
  /** Milliseconds that a conversation is kept without another step; undefined for ever. */
  readonly keepMs: number | undefined
  readonly broadcast: (replica: Replica, name: string, value: unknown) => void
  /** Folds what a long run has stored so far. */
  readonly compactor: Pick<Compactor, 'isDue' | 'fold'>
}
