import { type ChatClientEvents, type ClientSnapshot, mirroredLogger } from './chat-events.js'
import { type ChatClientOptions, type ResolvedOptions, resolveOptions } from './chat-options.js'
import type { CodecSession } from './codec/codec.js'
import { Connection } from './connection/connection.js'
import type { ConnectionState } from './connection/connection-state.js'
import { warnOfIgnored } from './connection/socket-io-options.js'
import type { Conversation } from './conversation/conversation.js'
import type { ConversationReports } from './conversation/conversation-context.js'
import { ConversationRegistry } from './conversation/conversation-registry.js'
import { LiveConversation } from './conversation/live-conversation.js'
import { AppError } from './errors/app-error.js'
import { isId } from './protocol/is.js'
import { ErrorRecoveryManager } from './recovery/error-recovery-manager.js'
import { boundedLogger } from './shared/bounded-logger.js'
import { checkName, checkOption } from './shared/check-option.js'
import { Emitter } from './shared/emitter.js'
import { guarded, Notifier } from './shared/listeners.js'
import type { Logger } from './shared/logger.js'
import type { IntentStore } from './storage/intent-store.js'

/**
 * One connection, many conversations. Nothing touches the network, `window` or storage before `connect()`, the first
 * subscription to a conversation or the first send.
 */
export class ChatClient {
  /** Owns all retrying; usable for an app's own operations too. */
  readonly recovery: ErrorRecoveryManager
  readonly #options: ResolvedOptions
  readonly #connection: Connection
  readonly #session: CodecSession
  readonly #events = new Emitter<ChatClientEvents>()
  readonly #notifier: Notifier
  readonly #conversations: ConversationRegistry
  #store: IntentStore | null = null
  readonly #logger: Logger
  #snapshot: ClientSnapshot | null = null
  #stopListening: (() => void) | null = null
  /** `disconnect()` was called: only `connect()` ends that. */
  #isDisconnected = false
  /** The person has left, here or in another tab: nothing is sent or stored any more for them. */
  #signedOut: AppError | null = null
  #queued = 0

  /** @throws TypeError, RangeError naming the option that is wrong. */
  constructor(options: ChatClientOptions) {
    this.#options = resolveOptions(options)
    const { url, socketOptions, transport, auth, reconnect, timeouts, codec } = this.#options
    const { gcTime, page, clock, random, translate, schedule } = this.#options
    this.#notifier = new Notifier(schedule, clock)
    this.#conversations = new ConversationRegistry(clock, gcTime)
    const logger = boundedLogger(
      mirroredLogger(this.#options.logger, (line) => this.#events.emit('log', line)),
      clock,
      ['warn', 'error'],
    )
    this.#logger = logger
    warnOfIgnored(socketOptions, logger)
    const { retry, retryBudget } = options
    this.recovery = new ErrorRecoveryManager({ retry, retryBudget, clock, random, translate, logger })
    const { events } = codec
    const connectTimeout = timeouts.connect
    this.#connection = new Connection({
      socket: { url, socketOptions, transport, events, connectTimeout, clock, translate },
      auth,
      reconnect,
      probeTimeout: timeouts.probe,
      manager: this.recovery,
      logger,
      isOnline: () => page.isOnline(),
      onChange: guarded((state) => this.#connectionChanged(state)),
      onPush: guarded((event, payload) => this.#session.pushed(event, payload)),
    })
    this.#session = codec.open({
      connection: this.#connection,
      clock,
      logger,
      acknowledge: timeouts.acknowledge,
      idle: timeouts.idle,
      canRenew: typeof auth === 'function',
      translate,
      deliver: (conversationId, events) => this.#conversations.find(conversationId)?.receive(events),
    })
  }

  /**
   * Connects and stays connected; after `failed` or `signOut()`, begins anew; while waiting, tries at once; and joins again every
   * conversation for which joining was given up. If a conversation shows an error whose action is `sign-in`, asks `auth` for a new
   * token and connects with that. Does nothing after `close()`.
   */
  connect(): void {
    this.#connect()
    // The server knows a connection by the token that it was made with.
    const mustSignIn = [...this.#conversations].some(
      (shown) => shown.getSnapshot().error?.action === 'sign-in',
    )
    if (mustSignIn) this.#connection.signInAgain()
    for (const conversation of this.#conversations) conversation.rejoin()
  }

  #connect(): void {
    if (this.#isClosed) return
    this.#isDisconnected = false
    if (this.#signedOut) {
      // Conversations that were asked for after the sign-out refuse everything, for good.
      this.#conversations.close(this.#signedOut)
      this.#signedOut = null
      this.#changed()
    }
    // Another tab may sign this person out before anything is sent from here.
    void this.#openStore()?.load()
    const { page, clock } = this.#options
    this.#stopListening ??= page.listen({ wake: () => this.#wake(), suspend() {} }, clock)
    this.#connection.connect()
  }

  /** Ends the connection. Queued messages stay, and are sent after the next `connect()`. */
  disconnect(): void {
    this.#stop()
  }

  /** Disposes of everything. Tasks that are under way reject with `closed`; the client can't be used any more. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.disconnect()
    this.#connection.close()
    // A listener may have connected once more.
    this.#stopListening?.()
    this.#conversations.close(this.#closedError())
    this.#queued = 0
    const store = this.#store
    this.#store = null
    const released = store?.close()
    this.recovery.close()
    this.#changed()
    this.#notifier.listeners.clear()
    await released
  }

  #stop(error?: AppError): void {
    this.#isDisconnected = true
    this.#stopListening?.()
    this.#stopListening = null
    this.#connection.disconnect(error)
  }

  /**
   * Stops everything and forgets every conversation. From then on the client refuses everything with `closed`: make another
   * client for the next person, since a client's `identity` is one person's; `connect()` begins anew for the same person.
   *
   * With a `storage`, everything that is stored under this identity for this server is wiped, and the same person's other
   * tabs stop and forget too, and show `signed_out`. Without one, other tabs do not hear of it.
   *
   * @throws AppError `storage_unavailable` if the storage could not be wiped; all else is done all the same.
   */
  async signOut(): Promise<void> {
    const store = this.#openStore()
    this.#leave(this.#closedError())
    const wiped = store?.signOut()
    // Last, since a listener may connect: that begins anew, and the end of this session must not end the new one.
    this.disconnect()
    this.#changed()
    await wiped
  }

  /** The conversation of this id, the same object until it is dropped after `gcTime`. */
  conversation(id: string): Conversation {
    return this.#live(id)
  }

  #live(id: string): LiveConversation {
    const conversation = this.#conversations.get(id, () => this.#open(id))
    if (this.#isOver) conversation.close(this.#signedOut ?? this.#closedError())
    return conversation
  }

  /** The same object until something changes. */
  getSnapshot = (): ClientSnapshot => {
    this.#snapshot ??= { connection: this.#connection.state, queued: this.#queued }
    return this.#snapshot
  }

  /**
   * Calls `listener` when the connection has changed, and after the number of queued messages has, then at most once a frame.
   *
   * @returns the undo.
   */
  subscribe = (listener: () => void): (() => void) => this.#notifier.listeners.add(listener)

  /** @returns the undo. A listener that throws stops neither another one nor the client. */
  on<Name extends keyof ChatClientEvents>(event: Name, listener: (payload: ChatClientEvents[Name]) => void) {
    return this.#events.on(event, listener)
  }

  get #isClosed(): boolean {
    return this.#connection.state.status === 'closed'
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#signedOut !== null
  }

  #open(id: string): LiveConversation {
    checkName('conversation id', id)
    checkOption('conversation id', id, 'string', 'a string of at most 128 characters', isId)
    const { clock, random, translate, schedule, reconnect, timeouts, limits } = this.#options
    const conversation: LiveConversation = new LiveConversation(id, {
      env: { clock, random, translate, logger: this.#logger },
      server: this.#session.server,
      manager: this.recovery,
      store: this.#isOver ? null : this.#openStore(),
      schedule,
      reconnect,
      idle: timeouts.idle,
      limits,
      connectionId: () => this.#connection.connectionId,
      maxPayload: () => this.#connection.maxPayload,
      owner: {
        onWanted: (atOnce) => this.#want(atOnce),
        queued: () => this.#queued,
        onQueue: (more) => {
          this.#queued += more
          this.#snapshot = null
          this.#notifier.notify()
        },
        retain: (held) => this.#conversations.retain(held),
        onInterest: (isInteresting) => this.#conversations.onInterest(conversation, isInteresting),
        report: (event, payload) => this.#report(id, event, payload),
      },
    })
    return conversation
  }

  /** Null if nothing is to outlive the page. */
  #openStore(): IntentStore | null {
    const { identity, storage, url, socketOptions, codec, limits, page, clock, translate } = this.#options
    if (identity === undefined) return null
    this.#store ??=
      storage?.open({
        identity,
        server: { url, path: socketOptions.path, codec },
        page,
        clock,
        translate,
        maxAge: limits.maxAge,
        isIdempotent: this.#session.server.isIdempotent,
        signedOut: (error) => this.#signedOutElsewhere(error),
        adopt: (id, intents) => this.#live(id).restore(intents),
        failed: (error) => this.#events.emit('error', { error }),
      }) ?? null
    return this.#store
  }

  /** The person has left: nothing of them stays in memory, and nothing of this client in storage. */
  #leave(error: AppError): void {
    this.#signedOut = error
    this.#conversations.close(error, { forget: true })
    this.#queued = 0
    this.#store = null
  }

  #signedOutElsewhere(error: AppError): void {
    if (this.#isOver) return
    const store = this.#store
    this.#leave(error)
    void store?.close()
    this.#stop(error)
    this.#changed()
  }

  /** A subscription or a person's action wants a connection; one that was ended on purpose, or refused for good, stays so. */
  #want(atOnce: boolean): void {
    const { status } = this.#connection.state
    // A page that mounts a hundred rows during an outage must not make a hundred attempts of them.
    if (!this.#isDisconnected && (status === 'idle' || (atOnce && status !== 'failed'))) this.#connect()
  }

  #wake(): void {
    const { status } = this.#connection.state
    if (status === 'connected') {
      this.#connection.probe()
      for (const conversation of this.#conversations) conversation.probe()
    } else if (status !== 'failed') this.#connection.wake()
  }

  #closedError(): AppError {
    const message = 'unable to go on; the client was closed or signed out'
    return this.#options.translate(new AppError({ code: 'closed', message }))
  }

  #connectionChanged(state: ConnectionState): void {
    // Reset the cached snapshot first, so that listeners called below read the new state.
    this.#snapshot = null
    this.#session.connectionChanged(state.status === 'connected')
    for (const conversation of this.#conversations) conversation.onConnection()
    this.#events.emit('connection', state)
    if (state.status === 'failed') this.#events.emit('error', { error: state.error })
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
    this.#notifier.flush()
  }
}
