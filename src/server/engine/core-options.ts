import type { ChatEvent } from '../../protocol/events.js'
import type { RetryBudgetOptions } from '../../recovery/retry-budget.js'
import type { Limits } from '../limits.js'
import type { Respond } from '../respond.js'
import type { RetryPolicyOptions } from '../retry-policy.js'
import type { ServerEnv } from '../server-env.js'
import type { ConversationKey } from '../store/conversation-key.js'
import type { ChatStore } from '../store/store.js'
import type { NodeMessage } from './node-messages.js'

/** How long things are kept. */
export interface Retention {
  /** Events that a long run keeps before they are folded, and that an answer to a join holds at most. @default 1000 */
  readonly events: number
  /** Milliseconds after a task's end at which its events are folded into its messages. @default 60000 */
  readonly compactAfterMs: number
  /** Milliseconds that a conversation lives without a new event. @default for ever */
  readonly idleMs: number
}

/** The core's output to connections. Must not throw. */
export interface Outlet {
  onEvents(key: ConversationKey, events: readonly ChatEvent[]): void
  /** Another log has taken the conversation's place, and no event says so: its readers must join again. */
  onReplaced(key: ConversationKey): void
  /** From another node, or from this one. */
  onMessage(message: NodeMessage): void
}

export interface CoreOptions {
  readonly env: ServerEnv
  readonly store: ChatStore
  readonly respond: Respond
  readonly outlet: Outlet
  readonly limits: Limits
  readonly retry?: RetryPolicyOptions | undefined
  readonly retryBudget?: RetryBudgetOptions | false | undefined
  readonly silenceMs: number
  readonly flushMs: number
  readonly retention: Retention
  readonly leaseMs: number
  readonly reconnectSpreadMs: number | undefined
}
