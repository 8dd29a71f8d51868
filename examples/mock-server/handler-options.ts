import type { RetryBudgetOptions } from '../../src/recovery/retry-budget.js'
import type { CheckpointerCache } from '../../src/server/checkpointer-cache.js'
import type { RetryPolicyOptions } from '../../src/server/retry-policy.js'
import type { Clock, Random } from '../../src/shared/clock.js'
import type { Logger } from '../../src/shared/logger.js'
import type { ConversationLog } from './conversation-log.js'
import type { ConversationState } from './conversation-state.js'
import type { Publish } from './conversation-store.js'
import type { Responder } from './responder.js'

export interface ConversationHandlerOptions {
  readonly log: ConversationLog
  readonly responder: Responder
  /** Told of every event once it is stored, in order. Must not throw. @default nobody is told */
  readonly publish?: Publish
  /** @default 1,000 conversations for 24 hours */
  readonly cache?: CheckpointerCache<ConversationState>
  /** The server's own tries within one attempt. @default 3 tries, 1 s doubling up to 60 s */
  readonly retry?: RetryPolicyOptions
  /** Bounds the sum of the server's own retries; `false` lifts the bound. @default 5, and 0.2 a success */
  readonly retryBudget?: RetryBudgetOptions | false
  /** Milliseconds without a chunk after which a try has failed. @default 60000 */
  readonly silenceMs?: number
  /** UTF-8 bytes of an input as compact JSON. @default 65536 */
  readonly maxMessageBytes?: number
  /** Events that an answer to a join holds at most; a longer backlog is answered with a snapshot. @default 1000 */
  readonly maxBacklog?: number
  /** Milliseconds over which clients should spread their return. @default no advice */
  readonly reconnectSpreadMs?: number | undefined
  /** @default systemClock */
  readonly clock?: Clock
  /** @default Math.random */
  readonly random?: Random
  /** For message and correlation ids. @default nanoid */
  readonly createId?: () => string
  readonly logger?: Logger
}
