import { type ChatClientOptions, type ResolvedOptions, resolveOptions } from './chat-options.js'
import { Connection } from './connection/connection.js'
import type { ConnectionState } from './connection/connection-state.js'
import { browserWakeSignals } from './connection/wake-signals.js'
import { Conversation, type ConversationReports } from './conversation/conversation.js'
import type { Discontinuity } from './conversation/conversation-state.js'
import type { RetryState } from './conversation/message.js'
import type { Link } from './delivery/codec.js'
import { IntentStore } from './delivery/intent-store.js'
import { AppError } from './errors/app-error.js'
import { ErrorRecoveryManager } from './recovery/error-recovery-manager.js'
import { checkName } from './shared/check-option.js'
import type { TimerId } from './shared/clock.js'
import { Emitter, guarded } from './shared/emitter.js'
import type { LogFields, Logger } from './shared/logger.js'

/** What a conversation reports, told with its id. */
export type Reported<Payload> = { readonly conversationId: string } & Payload

export interface ChatClientEvents {
  connection: ConnectionState
  retry: Reported<{ readonly retryState: RetryState }>
  error: Reported<{ readonly error: AppError }>
  discontinuity: Reported<{ readonly discontinuity: Discontinuity }>
  log: { readonly level: keyof Logger; readonly event: string; readonly fields: LogFields }
}

export interface ClientSnapshot {
  readonly connection: ConnectionState
  /** Messages of all conversations that the server has not accepted yet. */
  readonly queued: number
}

/**
 * One connection, many conversations. Nothing touches the network, `window` or storage before `connect()`, the first
 * subscription to a conversation or the first send.
 */
export class ChatClient {
  /** Owns all retrying; usable for an app's own operations too. */
  readonly recovery: ErrorRecoveryManager
  readonly #options: ResolvedOptions
  readonly #connection: Connection
  readonly #link: Link
  readonly #events = new Emitter<ChatClientEvents>()
  readonly #listeners = new Set<() => void>()
  readonly #conversations = new Map<string, Conversation>()
  readonly #leaving = new Map<string, TimerId>()
  // An app may hold a conversation that was dropped here, and use it again: it must not become a second one of its id.
  readonly #dropped = new Map<string, WeakRef<Conversation>>()
  readonly #collected = new FinalizationRegistry<string>((id) => {
    if (!this.#dropped.get(id)?.deref()) this.#dropped.delete(id)
  })
  readonly #logger: Logger
  #snapshot: ClientSnapshot | null = null
  #stopListening: (() => void) | null = null
  #storageReported = false
  /** `disconnect()` was called: only `connect()` ends that. */
  #held = false

  /** @throws TypeError, RangeError naming the option that is wrong. */
  constructor(options: ChatClientOptions) {
    this.#options = resolveOptions(options)
    const {
      retry,
      retryBudget,
      clock,
      random,
      translate,
      url,
      socketOptions,
      auth,
      reconnect,
      timeouts,
      transport,
      codec,
    } = this.#options
    this.#logger = this.#mirrored(this.#options.logger)
    this.recovery = new ErrorRecoveryManager({
      retry,
      retryBudget,
      clock,
      random,
      translate,
      logger: this.#logger,
    })
    this.#connection = new Connection({
      url,
      socketOptions,
      events: codec.events,
      auth,
      reconnect,
      connectTimeout: timeouts.connect,
      manager: this.recovery,
      transport,
      clock,
      logger: this.#logger,
      translate,
      isOnline: browserWakeSignals.isOnline,
    })
    this.#connection.events.on('state', (state) => this.#connectionChanged(state))
    this.#link = codec.open({
      connection: this.#connection,
      clock,
      logger: this.#logger,
      acknowledge: timeouts.acknowledge,
      idle: timeouts.idle,
      canRenew: typeof auth === 'function',
      translate,
      deliver: (conversationId, events) => this.#conversations.get(conversationId)?.receive(events),
    })
    this.#connection.events.on('push', ({ event, payload }) => this.#link.pushed(event, payload))
  }

  /** Connects and stays connected; after `failed`, begins anew; while waiting, tries at once. */
  connect(): void {
    this.#held = false
    this.#stopListening ??= browserWakeSignals.listen(() => this.#wake())
    this.#connection.connect()
  }

  /** Ends the connection. What is queued stays, and is sent after the next `connect()`. */
  disconnect(): void {
    this.#held = true
    this.#stopListening?.()
    this.#stopListening = null
    this.#connection.disconnect()
  }

  /** Disposes of everything. Tasks that are under way reject with `closed`; the client can't be used any more. */
  async close(): Promise<void> {
    this.disconnect()
    this.#forget(this.#closedError())
    this.recovery.close()
    this.#connection.close()
    this.#changed()
    this.#events.clear()
    this.#listeners.clear()
  }

  /**
   * Stops everything, forgets every conversation and wipes what is stored under this identity.
   *
   * @throws AppError `storage_unavailable` where the storage could not be wiped; all else is done all the same.
   */
  async signOut(): Promise<void> {
    const { identity, storage } = this.#options
    this.disconnect()
    this.#forget(this.#closedError())
    this.#changed()
    if (identity === undefined) return
    await storage.wipe(identity).catch((cause: unknown) => {
      throw this.#options.translate(
        new AppError({ code: 'storage_unavailable', message: 'unable to wipe the storage', cause }),
      )
    })
  }

  /** The conversation of this id, the same object until it is dropped after `gcTime`. */
  conversation(id: string): Conversation {
    checkName('conversation id', id)
    const known = this.#conversations.get(id) ?? this.#dropped.get(id)?.deref()
    const conversation = known ?? this.#open(id)
    this.#conversations.set(id, conversation)
    return conversation
  }

  /** The same object until something changes. */
  getSnapshot = (): ClientSnapshot => {
    if (!this.#snapshot) {
      let queued = 0
      for (const conversation of this.#conversations.values()) queued += conversation.queued
      this.#snapshot = { connection: this.#connection.state, queued }
    }
    return this.#snapshot
  }

  /** Calls `listener` after the connection or the number of queued messages changed. @returns the undo. */
  subscribe = (listener: () => void): (() => void) => {
    const safe = guarded(listener)
    this.#listeners.add(safe)
    return () => void this.#listeners.delete(safe)
  }

  /** @returns the undo. A listener that throws stops neither another one nor the client. */
  on<Name extends keyof ChatClientEvents>(event: Name, listener: (payload: ChatClientEvents[Name]) => void) {
    return this.#events.on(event, listener)
  }

  #open(id: string): Conversation {
    const { clock, schedule, translate, reconnect, timeouts, limits } = this.#options
    const connection = this.#connection
    return new Conversation(id, {
      server: this.#link.server,
      manager: this.recovery,
      store: this.#storeFor(id),
      clock,
      logger: this.#logger,
      schedule,
      translate,
      reconnect,
      idle: timeouts.idle,
      limits,
      session: () => (connection.state.status === 'connected' ? connection.session : null),
      wanted: (conversation) => this.#want(conversation),
      queueChanged: () => this.#changed(),
      interestChanged: (interested) => this.#interestChanged(id, interested),
      report: (event, payload) => this.#report(id, event, payload),
    })
  }

  #storeFor(conversationId: string): IntentStore | null {
    const { identity, storage } = this.#options
    if (identity === undefined) return null
    return new IntentStore(storage, identity, conversationId, (cause) =>
      this.#storageFailed(conversationId, cause),
    )
  }

  #storageFailed(conversationId: string, cause: unknown): void {
    if (this.#storageReported) return
    this.#storageReported = true
    const message = 'unable to use the storage; what is unsent will not outlive this page'
    const error = this.#options.translate(new AppError({ code: 'storage_unavailable', message, cause }))
    this.#events.emit('error', { conversationId, error })
  }

  /** A subscription or a person's action wants a connection; one that was ended on purpose, or refused for good, stays so. */
  #want(conversation: Conversation): void {
    this.#conversations.set(conversation.id, conversation)
    const { status } = this.#connection.state
    if (!this.#held && status !== 'failed' && status !== 'closed') this.connect()
  }

  #wake(): void {
    if (this.#connection.state.status !== 'connected') this.#connection.connect()
    else for (const conversation of this.#conversations.values()) conversation.probe()
  }

  #interestChanged(id: string, interested: boolean): void {
    if (interested) this.#stay(id)
    else this.#leaveLater(id)
  }

  #stay(id: string): void {
    this.#options.clock.clearTimeout(this.#leaving.get(id))
    this.#leaving.delete(id)
  }

  #leaveLater(id: string): void {
    if (this.#leaving.has(id)) return
    const { clock, gcTime } = this.#options
    this.#leaving.set(
      id,
      clock.setTimeout(() => this.#leave(id), gcTime),
    )
  }

  #leave(id: string): void {
    this.#leaving.delete(id)
    const conversation = this.#conversations.get(id)
    if (!conversation) return
    conversation.leave()
    this.#conversations.delete(id)
    this.#dropped.set(id, new WeakRef(conversation))
    this.#collected.register(conversation, id)
  }

  #forget(reason: AppError): void {
    for (const id of [...this.#leaving.keys()]) this.#stay(id)
    const dropped = [...this.#dropped.values()].map((reference) => reference.deref())
    for (const conversation of [...this.#conversations.values(), ...dropped]) conversation?.close(reason)
    this.#conversations.clear()
    this.#dropped.clear()
  }

  #closedError(): AppError {
    const message = 'unable to go on; the client was closed or signed out'
    return this.#options.translate(new AppError({ code: 'closed', message }))
  }

  #connectionChanged(state: ConnectionState): void {
    this.#link.connectionChanged(state.status === 'connected')
    for (const conversation of this.#conversations.values()) conversation.connectionChanged()
    this.#events.emit('connection', state)
    this.#changed()
  }

  #report<Name extends keyof ConversationReports>(
    id: string,
    event: Name,
    payload: ConversationReports[Name],
  ): void {
    const report = { conversationId: id, [event === 'retry' ? 'retryState' : event]: payload }
    this.#events.emit(event, report as never)
  }

  #changed(): void {
    this.#snapshot = null
    for (const listener of [...this.#listeners]) listener()
  }

  /** The app's logger, with every line told to `on('log')` too. */
  #mirrored(logger: Logger): Logger {
    const to =
      (level: keyof Logger) =>
      (event: string, fields: LogFields = {}) => {
        guarded(() => logger[level](event, fields))()
        this.#events.emit('log', { level, event, fields })
      }
    return { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') }
  }
}
