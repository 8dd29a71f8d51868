import { nanoid } from 'nanoid'
import type {
  ChatEvent,
  HistoryRequest,
  JoinRequest,
  RetryRequest,
  SendRequest,
  StopRequest,
} from '../../src/protocol/events.js'
import { ChatCore } from '../../src/server/engine/chat-core.js'
import { resolveLimits } from '../../src/server/limits.js'
import type { RespondRequest } from '../../src/server/respond.js'
import type { RetryPolicyOptions } from '../../src/server/retry-policy.js'
import { type ChatStore, type ConversationKey, conversationKey } from '../../src/server/store/index.js'
import { type Clock, type Random, systemClock } from '../../src/shared/clock.js'
import { silentLogger } from '../../src/shared/logger.js'
import { type ProcessStore, processStore } from './process-store.js'

export interface MemoryServerOptions {
  readonly store: ChatStore
  readonly responder: { respond(request: RespondRequest): ReturnType<CoreOptions['respond']> }
  readonly push: (key: ConversationKey, events: readonly ChatEvent[]) => void
  readonly retry?: RetryPolicyOptions
  readonly retryBudget?: CoreOptions['retryBudget']
  readonly silenceMs?: number
  /** @default 65536 */
  readonly maxMessageBytes?: number
  /** Events that an answer to a join holds at most. @default 1000 */
  readonly maxBacklog?: number
  readonly reconnectSpreadMs?: number | undefined
  readonly leaseMs?: number
  readonly flushMs?: number
  readonly clock: Clock
  readonly random: Random
  readonly createId: () => string
}

type CoreOptions = ConstructorParameters<typeof ChatCore>[0]
type Asked = { readonly conversation_id: string }

/** One process of the server, without sockets: who asks is a name, and no rate is counted. */
export class MemoryServer {
  readonly core: ChatCore
  readonly #store: ProcessStore

  constructor(options: MemoryServerOptions) {
    const { responder, push, maxMessageBytes = 65_536, maxBacklog = 1000 } = options
    const { retry, retryBudget, silenceMs = 60_000, leaseMs = 15_000, flushMs = 0 } = options
    this.#store = processStore(options.store)
    this.core = new ChatCore({
      respond: (request) => responder.respond(request),
      outlet: { onEvents: push, onReplaced: () => {}, onMessage: () => {} },
      // How many answers one person may have at once is the server's affair; these tests look at the client.
      limits: resolveLimits({ messageBytes: maxMessageBytes, runsPerUser: Number.POSITIVE_INFINITY }),
      retention: { events: maxBacklog, compactAfterMs: 60_000, idleMs: Number.POSITIVE_INFINITY },
      reconnectSpreadMs: options.reconnectSpreadMs,
      ...{ retry, retryBudget, silenceMs, leaseMs, flushMs },
      env: {
        clock: options.clock,
        random: options.random,
        createId: options.createId,
        logger: silentLogger,
      },
      store: this.#store,
    })
  }

  start(): Promise<void> {
    return this.core.start()
  }

  join(user: string, request: JoinRequest) {
    return this.core.join(keyOf(user, request), request)
  }

  send(user: string, request: SendRequest) {
    return this.core.send(keyOf(user, request), { user: { id: user } }, request)
  }

  retry(user: string, request: RetryRequest) {
    return this.core.retry(keyOf(user, request), {}, request)
  }

  stop(user: string, request: StopRequest) {
    return this.core.stop(keyOf(user, request), request)
  }

  history(user: string, request: HistoryRequest) {
    return this.core.history(keyOf(user, request), request)
  }

  /** Any request by its event. @throws what the server refuses it with. */
  async ask(user: string, event: string, request: never): Promise<unknown> {
    if (event === 'chat:join') return this.join(user, request)
    if (event === 'chat:send') return this.send(user, request)
    if (event === 'chat:retry') return this.retry(user, request)
    if (event === 'chat:stop') return this.stop(user, request)
    if (event === 'chat:history') return this.history(user, request)
    return { ok: true }
  }

  /** The process dies. @param how whether its leases stay, as on a database that other processes share. */
  crash(how?: { readonly keepsLeases?: boolean }): void {
    this.#store.kill(how)
    this.core.abandon()
  }
}

const keyOf = (user: string, { conversation_id }: Asked) => conversationKey(user, conversation_id)

/** Reads a store as another process would that runs nothing. */
export const secondReader = (store: ChatStore): MemoryServer =>
  new MemoryServer({
    store,
    responder: { respond: () => Promise.reject(new Error('unable to answer')) as never },
    push: () => {},
    clock: systemClock,
    random: Math.random,
    createId: nanoid,
  })
