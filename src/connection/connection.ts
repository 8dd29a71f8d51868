import { AppError } from '../errors/app-error.js'
import { PROTOCOL_VERSION } from '../protocol/events.js'
import { type RetryConfig, stretch } from '../recovery/backoff.js'
import type { ErrorRecoveryManager } from '../recovery/error-recovery-manager.js'
import type { AttemptContext } from '../recovery/execute-options.js'
import type { Clock } from '../shared/clock.js'
import { Emitter } from '../shared/emitter.js'
import type { Logger } from '../shared/logger.js'
import type { ConnectionState } from './connection-state.js'
import { type Auth, type AuthContext, deservesNewToken, getToken, withFinality } from './credentials.js'
import { inTime } from './in-time.js'
import { ConnectionLost, type RequestOptions, Requests } from './requests.js'
import type { Transport, TransportFactory } from './transport.js'

export interface ConnectionOptions {
  readonly url: string
  readonly socketOptions: Readonly<Record<string, unknown>>
  readonly events: readonly string[]
  readonly auth: Auth | undefined
  readonly reconnect: RetryConfig
  /** Milliseconds that one handshake, and the token for it, may take: a server or an app that hangs answers neither way. */
  readonly connectTimeout: number
  readonly manager: ErrorRecoveryManager
  readonly transport: TransportFactory
  readonly clock: Clock
  readonly logger: Logger
  readonly translate: (error: unknown) => AppError
  /** The browser's word on whether there is a network. */
  readonly isOnline: () => boolean
}

export interface ConnectionEvents {
  state: ConnectionState
  push: { readonly event: string; readonly payload: unknown }
}

/** How one connection ended, and what the next attempt should know of it. */
interface Ending {
  readonly error: AppError
  readonly reason: AuthContext['reason']
  /** Whether the next attempt waits as after a failure; not when this side ended a connection to get a better one. */
  readonly backOff: boolean
}

/** A connection that was made. Its end is listened for from the same instant, so that none is missed. */
interface Made {
  readonly since: number
  readonly ended: Promise<Ending>
}

// No name that an app might give to an operation of its own.
const taskId = '["connection"]'

/**
 * Keeps one connection up for as long as it is wanted. Each attempt is an attempt of the recovery manager, in a scope
 * and at a cost of its own; an attempt lasts until the connection that it made is lost.
 */
export class Connection {
  readonly events = new Emitter<ConnectionEvents>()
  readonly #options: ConnectionOptions
  readonly #requests: Requests
  #transport: Transport | null = null
  #state: ConnectionState = { status: 'idle' }
  #wanted: AbortController | null = null
  #spread = 0
  #sessions = 0
  #isUp = false
  /** State changes that the listeners have not been told of. */
  readonly #untold: ConnectionState[] = []
  /** Settles the running attempt; set while one runs. */
  #handlers: { connected(): void; failed(error: AppError, reason?: AuthContext['reason']): void } | null =
    null

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#requests = new Requests((event, payload, acknowledge) => {
      this.#transport?.emit(event, payload, acknowledge)
    }, options.clock)
    options.manager.subscribe(() => this.#showWait())
  }

  get state(): ConnectionState {
    return this.#state
  }

  /**
   * The number of the connection that is up; null while none is. A conversation that was joined in an earlier one is
   * joined no more.
   */
  get session(): number | null {
    return this.#isUp ? this.#sessions : null
  }

  /** Begins to keep the connection up; where it waits for its next attempt, that one is made at once. */
  connect(): void {
    if (this.#state.status === 'closed') return
    if (this.#wanted) {
      this.#options.manager.retryNow(taskId)
      return
    }
    this.#wanted = new AbortController()
    void this.#keepUp(this.#wanted.signal)
  }

  /** Ends the connection and its attempts until `connect()`. */
  disconnect(): void {
    this.#stopWanting()
    if (this.#state.status !== 'closed') this.#setState({ status: 'idle' })
  }

  close(): void {
    this.#stopWanting()
    this.#setState({ status: 'closed' })
    this.events.clear()
  }

  /** Sends a request and gives the server's answer as it came. @throws AppError `timeout`, {@link ConnectionLost} */
  request(event: string, payload: unknown, options: RequestOptions): Promise<unknown> {
    if (!this.#isUp) return Promise.reject(new ConnectionLost())
    return this.#requests.request(event, payload, options)
  }

  /** Sends without expecting an answer, for servers that give none. @returns whether there was a connection. */
  emit(event: string, payload: unknown): boolean {
    if (!this.#isUp) return false
    this.#transport?.emit(event, payload)
    return true
  }

  /** The server refused the token of this session: get a new one and connect with it. Later calls do nothing. */
  renew(session: number | null): void {
    if (this.#isUp && session === this.session) this.#handlers?.failed(new ConnectionLost(), 'expired')
  }

  /** The connection of this session is not answering: replace it, without a wait. */
  replace(session: number | null): void {
    if (this.#isUp && session === this.session) this.#handlers?.failed(new ConnectionLost(), 'reconnect')
  }

  /** Over how many milliseconds the server asks its clients to spread their return. */
  advise(spreadMs: number): void {
    this.#spread = spreadMs
  }

  #stopWanting(): void {
    this.#wanted?.abort(new ConnectionLost())
    this.#wanted = null
  }

  async #keepUp(wanted: AbortSignal): Promise<void> {
    const { manager, reconnect } = this.#options
    let last: Ending | undefined
    try {
      for (;;) {
        const reason: AuthContext['reason'] = last?.reason ?? 'connect'
        const lost = last?.backOff ? { failuresBefore: 1, lastError: last.error } : {}
        const spread = this.#spread
        last = await manager.executeWithRetry<Ending>(
          taskId,
          (context) => this.#attempt(context, context.attempt === 1 ? reason : 'reconnect', spread),
          {
            ...stretch(reconnect, spread),
            ...lost,
            scope: 'connection',
            budget: false,
            signal: wanted,
          },
        )
      }
    } catch (error) {
      if (wanted.aborted) return
      this.#wanted = null
      this.#setState({ status: 'failed', error: this.#options.translate(error) })
    }
  }

  /** One attempt: resolves when the connection that it made is lost after it was stable, rejects otherwise. */
  async #attempt(
    { attempt, signal }: AttemptContext,
    reason: AuthContext['reason'],
    spread: number,
  ): Promise<Ending> {
    const { auth, clock, reconnect } = this.#options
    this.#setState({ status: 'connecting', attempt })
    const made = await this.#handshake(reason, signal).catch((error: unknown) => {
      const refusal = withFinality(this.#options.translate(error))
      if (reason === 'expired' || !deservesNewToken(refusal, auth)) throw refusal
      return this.#handshake('expired', signal).catch((again: unknown) => {
        throw withFinality(this.#options.translate(again))
      })
    })
    const ending = await made.ended
    // A server that accepts and drops at once must not be asked ever again without a pause. Where it has advised a wider
    // spread meanwhile, this run's delays would be too short, and those of a new one begin with that spread.
    const isStable = clock.now() - made.since >= reconnect.maxDelay || this.#spread > spread
    if (ending.backOff && !isStable) throw ending.error
    return ending
  }

  async #handshake(reason: AuthContext['reason'], signal: AbortSignal): Promise<Made> {
    const { auth, clock, connectTimeout } = this.#options
    const limit = { ms: connectTimeout, clock, signal }
    const token = await inTime(() => getToken(auth, { reason, signal }), limit, tooLate)
    signal.throwIfAborted()
    this.#transport ??= this.#openTransport()
    const transport = this.#transport
    return new Promise<Made>((resolve, reject) => {
      const give = (settle: () => void) => {
        clock.clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        this.#handlers = null
        settle()
      }
      const abort = () => {
        transport.close()
        give(() => reject(signal.reason))
      }
      const timer = clock.setTimeout(() => {
        transport.close()
        give(() => reject(tooLate()))
      }, connectTimeout)
      signal.addEventListener('abort', abort)
      this.#handlers = {
        connected: () => give(() => resolve(this.#begin(signal))),
        failed: (error) => give(() => reject(error)),
      }
      try {
        transport.open({ protocol: PROTOCOL_VERSION, ...(token !== undefined && { token }) })
      } catch (error) {
        give(() => reject(error))
      }
    })
  }

  /** In the instant in which the handshake is accepted, so that what comes next finds everything in place. */
  #begin(signal: AbortSignal): Made {
    const since = this.#options.clock.now()
    const ended = new Promise<Ending>((resolve) => {
      const end = (error: AppError, reason?: AuthContext['reason']) => {
        signal.removeEventListener('abort', abort)
        this.#transport?.close()
        this.#handlers = null
        this.#isUp = false
        this.#requests.lose()
        resolve({ error, reason: reason ?? 'reconnect', backOff: reason === undefined })
      }
      const abort = () => end(new ConnectionLost())
      signal.addEventListener('abort', abort)
      this.#handlers = { connected: () => {}, failed: end }
    })
    this.#sessions++
    this.#isUp = true
    this.#setState({ status: 'connected', since })
    return { since, ended }
  }

  #openTransport(): Transport {
    const { transport, url, socketOptions, events, translate } = this.#options
    return transport({
      url,
      socketOptions,
      events,
      handlers: {
        connected: () => this.#handlers?.connected(),
        refused: (error) => this.#handlers?.failed(translate(error)),
        disconnected: () => this.#handlers?.failed(translate(new ConnectionLost())),
        pushed: (event, payload) => this.#isUp && this.events.emit('push', { event, payload }),
      },
    })
  }

  #showWait(): void {
    const wait = this.#options.manager.retryQueue.get(taskId)
    if (!wait || !this.#wanted) return
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
    // A listener may change the state; the others shall hear of both changes in their order.
    if (this.#untold.push(state) > 1) return
    for (let next: ConnectionState | undefined = state; next; next = this.#untold[0]) {
      this.#options.logger.info('connection', { status: next.status })
      this.events.emit('state', next)
      this.#untold.shift()
    }
  }
}

const tooLate = () =>
  new AppError({ code: 'timeout', message: 'unable to connect; the handshake took too long' })
