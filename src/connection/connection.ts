import type { AppError } from '../errors/app-error.js'
import { ConnectionLost } from '../errors/connection-lost.js'
import { withFinality } from '../errors/finality.js'
import { backoff, type RetryConfig, withSpread } from '../recovery/backoff.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import type { AttemptContext } from '../recovery/execute-options.js'
import type { Logger } from '../shared/logger.js'
import { withTimeout } from '../shared/with-timeout.js'
import type { ConnectionState } from './connection-state.js'
import { type Auth, type AuthContext, asPassing, deservesNewToken, getToken } from './credentials.js'
import type { HandshakeRefusal } from './handshake-refusal.js'
import type { RequestOptions } from './in-flight-requests.js'
import {
  type CloseReason,
  type EstablishedConnection,
  handshakeTooLate,
  SocketSession,
  type SocketSessionOptions,
} from './socket-session.js'

export interface ConnectionOptions {
  readonly socket: SocketSessionOptions
  readonly auth: Auth | undefined
  readonly reconnect: RetryConfig
  /** Milliseconds in which a connection that is in doubt has to show that it is alive. */
  readonly probeTimeout: number
  readonly manager: ErrorRecoveryManager
  readonly logger: Logger
  /** The browser's word on whether there is a network. */
  readonly isOnline: () => boolean
  /** Told of each state, in order, however soon one follows the other. */
  readonly onChange: (state: ConnectionState) => void
  readonly onPush: (event: string, payload: unknown) => void
}

// No name that an app might give to an operation of its own.
const taskId = '["connection"]'

// Milliseconds between two attempts that skip their wait.
const minImmediateInterval = 1000

/**
 * Keeps one connection up for as long as it is wanted. Each attempt is an attempt of the recovery manager, in a scope
 * and at a cost of its own; an attempt lasts until the connection that it made is lost.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #socketSession: SocketSession
  #state: ConnectionState = { status: 'idle' }
  #keepAlive: AbortController | null = null
  #spread = 0
  #advisedIn: number | null = null
  /** The token was refused, and `auth` has given no new one yet: the next attempt asks for a new one again. */
  #isStale = false
  /** When a wait was last skipped, or a refusal for good was answered with another attempt. */
  #lastImmediateAttempt = -Infinity
  readonly #reportedRefusals = new Set<string>()
  /** State changes that the listener has not been told of. */
  readonly #pendingNotifications: ConnectionState[] = []

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#socketSession = new SocketSession(options.socket, {
      onConnected: (since) => this.#setState({ status: 'connected', since }),
      onRefused: (refusal) => this.#reportRefusal(refusal),
      onPush: options.onPush,
    })
    options.manager.subscribe(() => this.#showWait())
  }

  get state(): ConnectionState {
    return this.#state
  }

  /**
   * The number of the connection that is up; null while none is. A conversation that was joined over an earlier connection
   * has to be joined again.
   */
  get connectionId(): number | null {
    return this.#socketSession.connectionId
  }

  /**
   * Begins to keep the connection up. If it waits for its next attempt, makes that attempt at once: one a second, for a person
   * who presses the button again and again.
   */
  connect(): void {
    if (this.#state.status === 'closed') return
    if (this.#keepAlive) {
      this.#atOnce(() => this.#options.manager.retryNow(taskId))
      return
    }
    this.#keepAlive = new AbortController()
    let before: CloseReason | undefined
    // A page that connects again whenever it hears of a refusal would never rest.
    if (this.#state.status === 'failed' && !this.#atOnce())
      before = { error: this.#state.error, reason: 'connect', backOff: true }
    void this.#keepUp(this.#keepAlive.signal, before)
  }

  /** Makes an attempt that skips its wait, once a second at most. @returns whether it was made. */
  #atOnce(attempt = () => true): boolean {
    const now = this.#options.socket.clock.now()
    // The clock may have been set back meanwhile.
    const isMade = Math.abs(now - this.#lastImmediateAttempt) >= minImmediateInterval && attempt()
    if (isMade) this.#lastImmediateAttempt = now
    return isMade
  }

  /** A wake-up is only the page's guess, so it does not cut short a wait that the server asked for. */
  wake(): void {
    const { manager, socket } = this.#options
    const { error, nextRetryAt = 0 } = manager.retryQueue.get(taskId) ?? {}
    const mayTry = !error?.retryAfterMs || socket.clock.now() >= nextRetryAt
    // The one attempt that may be made out of turn is not for a network that has just gone.
    if (mayTry && this.#options.isOnline()) this.connect()
    this.#showWait()
  }

  /** Ends the connection and its attempts until `connect()`; as `failed` if there is an error. */
  disconnect(error?: AppError): void {
    this.#stopWanting()
    if (this.#state.status === 'closed') return
    if (error) this.#setState({ status: 'failed', error })
    else if (this.#state.status !== 'idle') this.#setState({ status: 'idle' })
  }

  close(): void {
    this.#stopWanting()
    this.#setState({ status: 'closed' })
  }

  /** Sends a request and gives the server's answer as it came. @throws AppError `timeout`, {@link ConnectionLost} */
  request(event: string, payload: unknown, options: RequestOptions): Promise<unknown> {
    return this.#socketSession.request(event, payload, options)
  }

  /** Sends without expecting an answer, for servers that give none. @returns whether there was a connection. */
  emit(event: string, payload: unknown): boolean {
    return this.#socketSession.emit(event, payload)
  }

  /** The server refused the token with this number: get a new one and connect with it. Later calls do nothing. */
  reconnectWithNewToken(connectionId: number | null): void {
    this.#socketSession.close(connectionId, 'expired')
  }

  /** A request was refused as not signed in, and the person may have signed in since. Makes one connection a second at most. */
  signInAgain(): void {
    if (this.#atOnce()) this.reconnectWithNewToken(this.connectionId)
  }

  /** A page that slept asks the server something next; if no sign of life follows soon, the connection is replaced. */
  probe(): void {
    this.#socketSession.probe(this.#options.probeTimeout)
  }

  /**
   * The connection with this number left a request of that time unanswered. If nothing else has arrived since, the connection
   * is replaced, without a wait. If something has, only that request is silent, and the connection stays.
   *
   * @returns whether something has arrived.
   */
  reconnectIfSilent(connectionId: number | null, since: number): boolean {
    const hasHeard = this.#socketSession.hasHeardSince(since)
    if (!hasHeard) this.#socketSession.close(connectionId, 'reconnect')
    return hasHeard
  }

  /** Bytes of one packet that the server takes; undefined if it has not said so. */
  get maxPayload(): number | undefined {
    return this.#socketSession.maxPayload
  }

  /** Over how many milliseconds the server asks its clients to spread their return. */
  setReconnectSpread(spreadMs?: number): void {
    // A new connection's server that advises nothing takes back what an earlier one advised.
    if (spreadMs === undefined && this.connectionId === this.#advisedIn) return
    this.#advisedIn = this.connectionId
    this.#spread = spreadMs ?? 0
  }

  #stopWanting(): void {
    this.#keepAlive?.abort(new ConnectionLost())
    this.#keepAlive = null
  }

  async #keepUp(wanted: AbortSignal, before: CloseReason | undefined): Promise<void> {
    const { manager, reconnect } = this.#options
    let last = before
    this.#isStale = false
    try {
      for (;;) {
        const reason: AuthContext['reason'] = last?.reason ?? 'connect'
        const lost = last?.backOff ? { failuresBefore: 1, lastError: last.error } : {}
        const spread = this.#spread
        last = await manager.executeWithRetry<CloseReason>(
          taskId,
          (context) => this.#attempt(context, context.attempt === 1 ? reason : 'reconnect', spread),
          {
            ...withSpread(reconnect, spread),
            ...lost,
            scope: 'connection',
            budget: false,
            signal: wanted,
          },
        )
      }
    } catch (error) {
      if (wanted.aborted) return
      this.#keepAlive = null
      this.#setState({ status: 'failed', error: this.#options.socket.translate(error) })
    }
  }

  /** One attempt: resolves when the connection that it made is lost after it was stable, rejects otherwise. */
  async #attempt(
    { attempt, signal }: AttemptContext,
    usual: AuthContext['reason'],
    spread: number,
  ): Promise<CloseReason> {
    const reason = this.#isStale ? 'expired' : usual
    const { auth, socket, reconnect } = this.#options
    this.#setState({ status: 'connecting', attempt })
    const made = await this.#handshake(reason, signal).catch((refusal: AppError) => {
      if (reason === 'expired' || !deservesNewToken(refusal, auth)) throw refusal
      return this.#handshake('expired', signal)
    })
    const ending = await made.ended
    // A server that accepts and drops at once must not be asked ever again without a pause; one that stayed as long as the
    // longest wait after so many failures has shown that it is up. If it has advised a wider spread meanwhile, this
    // run's delays would be too short, and those of a new one begin with that spread.
    const proof = backoff(attempt, reconnect, () => 1)
    const isStable = socket.clock.now() - made.since >= proof || this.#spread > spread
    if (ending.backOff && !isStable) throw ending.error
    this.#reportedRefusals.clear()
    return ending
  }

  /** @throws AppError */
  async #handshake(reason: AuthContext['reason'], signal: AbortSignal): Promise<EstablishedConnection> {
    const { auth, socket } = this.#options
    const { connectTimeout: ms, clock, translate } = socket
    const ask = (givenUp: AbortSignal) => getToken(auth, { reason, signal: givenUp })
    this.#isStale = reason === 'expired'
    try {
      const token = await withTimeout(ask, { ms, clock, signal }, handshakeTooLate).catch(
        (error: unknown) => {
          throw asPassing(translate(error))
        },
      )
      this.#isStale = false
      signal.throwIfAborted()
      return await this.#socketSession.handshake(token, signal)
    } catch (error) {
      throw withFinality(translate(error))
    }
  }

  /** Once for each reason until a connection has lasted: a developer must see it, and it repeats with every attempt. */
  #reportRefusal({ code, hint, status }: HandshakeRefusal): void {
    if (this.#reportedRefusals.has(code)) return
    this.#reportedRefusals.add(code)
    this.#options.logger.warn('handshake_refused', { code, hint, ...(status !== undefined && { status }) })
  }

  #showWait(): void {
    const wait = this.#options.manager.retryQueue.get(taskId)
    if (!wait || !this.#keepAlive) return
    if (!this.#options.isOnline()) {
      if (this.#state.status !== 'offline') this.#setState({ status: 'offline' })
      return
    }
    const { attempt, nextRetryAt: retryAt, error } = wait
    const shown = this.#state
    if (shown.status === 'waiting' && shown.retryAt === retryAt && shown.attempt === attempt) return
    this.#setState({ status: 'waiting', attempt, retryAt, error })
  }

  #setState(state: ConnectionState): void {
    this.#state = state
    // A listener may change the state; it is told of both changes in their order.
    if (this.#pendingNotifications.push(state) > 1) return
    for (let next: ConnectionState | undefined = state; next; next = this.#pendingNotifications[0]) {
      this.#options.logger.info('connection', { status: next.status })
      this.#options.onChange(next)
      this.#pendingNotifications.shift()
    }
  }
}
