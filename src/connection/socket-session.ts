import { AppError } from '../errors/app-error.js'
import { ConnectionLost } from '../errors/connection-lost.js'
import { read, readString } from '../errors/read.js'
import { PROTOCOL_VERSION } from '../protocol/events.js'
import type { Clock, TimerId } from '../shared/clock.js'
import { onAbort } from '../shared/wait.js'
import type { AuthContext } from './credentials.js'
import { hintOf } from './handshake-hint.js'
import { type HandshakeRefusal, handshakeRefusal, refusalError } from './handshake-refusal.js'
import { type Emit, InFlightRequests, type RequestOptions } from './in-flight-requests.js'
import type { Transport, TransportFactory, TransportLimits } from './transport.js'

export interface SocketSessionOptions {
  readonly url: string
  readonly socketOptions: Readonly<Record<string, unknown>>
  readonly events: readonly string[]
  /** Milliseconds that one handshake, and the token for it, may take: a server or an app that hangs answers neither way. */
  readonly connectTimeout: number
  readonly transport: TransportFactory
  readonly clock: Clock
  readonly translate: (error: unknown) => AppError
}

export interface SocketSessionListener {
  /** The server, or a proxy before it, said why it refused a handshake. */
  onRefused(refusal: HandshakeRefusal): void
  /** A handshake was accepted, in this very instant. */
  onConnected(since: number): void
  onPush(event: string, payload: unknown): void
}

/** How one connection ended, and what the next attempt should know of it. */
export interface CloseReason {
  readonly error: AppError
  readonly reason: AuthContext['reason']
  /** Whether the next attempt waits as after a failure; not when this side ended a connection to get a better one. */
  readonly backOff: boolean
}

/** A connection that was made. Its end is listened for from the same instant, so that none is missed. */
export interface EstablishedConnection {
  readonly since: number
  readonly ended: Promise<CloseReason>
}

interface Handlers {
  /** Absent once the connection is up. */
  onConnected?(limits?: TransportLimits): void
  /**
   * @param reason given if this side ended the connection: the next attempt gives it
   * @param areSuspect whether a request may be why. @default true if the other side ended the connection
   */
  onError(error: AppError, reason?: AuthContext['reason'], areSuspect?: boolean): void
}

// Bytes of a packet around its JSON: type, namespace and number of the acknowledgement.
const packetOverhead = 64

/** One transport, used for one connection after the other, and the requests over it. */
export class SocketSession {
  readonly #options: SocketSessionOptions
  readonly #listener: SocketSessionListener
  readonly #requests: InFlightRequests
  // Read by others, and written here alone.
  /** The number of the connection that is up; null while none is. */
  connectionId: number | null = null
  /** Bytes of one packet that the server takes; undefined if it has not said so. */
  maxPayload: number | undefined
  #transport: Transport | null = null
  #connections = 0
  #upSince = 0
  /** When something last arrived. */
  #heardAt = 0
  #probe: TimerId | null = null
  /** Hears the transport's next word: the handshake that goes on, or the connection that is up. */
  #handlers: Handlers | null = null

  constructor(options: SocketSessionOptions, listener: SocketSessionListener) {
    this.#options = options
    this.#listener = listener
    const emit: Emit = (event, payload, acknowledge) => {
      const probe = this.#probe
      this.#transport?.emit(event, payload, (answer) => {
        this.#heardAt = options.clock.now()
        // An answer to what was asked since the doubt began did not lie here from before.
        if (probe === this.#probe) this.#endProbe()
        acknowledge(answer)
      })
    }
    this.#requests = new InFlightRequests({
      emit,
      buffered: () => this.#transport?.buffered?.() ?? 0,
      clock: options.clock,
    })
  }

  async request(event: string, payload: unknown, options: RequestOptions): Promise<unknown> {
    if (this.connectionId === null) throw new ConnectionLost()
    this.#checkSize(event, payload)
    return this.#requests.request(event, payload, options)
  }

  /** @throws AppError `message_too_large` if the server said that it takes no packet of this size. */
  emit(event: string, payload: unknown): boolean {
    this.#checkSize(event, payload)
    const isUp = this.connectionId !== null
    if (isUp) this.#transport?.emit(event, payload)
    return isUp
  }

  /** A packet over the server's limit breaks the connection, and would do so again each time that it is sent. */
  #checkSize(event: string, payload: unknown): void {
    const limit = this.maxPayload
    if (limit === undefined) return
    const packet = JSON.stringify([event, payload])
    // One UTF-16 unit is at most three bytes of UTF-8, so most packets need not be encoded.
    if (packet.length * 3 + packetOverhead <= limit) return
    const bytes = new TextEncoder().encode(packet).length + packetOverhead
    if (bytes <= limit) return
    const message = `unable to send; the server takes at most ${limit} bytes`
    throw new AppError({ code: 'message_too_large', message, details: { bytes, limit } })
  }

  /**
   * The connection is in doubt. If nothing arrives in so many milliseconds, and a question that is not newer than the doubt
   * is open, the connection is dropped. A question that is asked after this call and answered ends the doubt at once.
   */
  probe(ms: number): void {
    const { clock } = this.#options
    const { connectionId } = this
    if (connectionId === null || this.#probe !== null) return
    // Data received before sleep is delivered on waking, so it does not prove that the connection is alive.
    const fresh = clock.now() + ms / 10
    this.#probe = clock.setTimeout(() => {
      this.#probe = null
      if (this.#heardAt < fresh && this.#requests.awaitsSince(fresh)) this.close(connectionId, 'reconnect')
    }, ms)
  }

  #endProbe(): void {
    this.#options.clock.clearTimeout(this.#probe)
    this.#probe = null
  }

  /** Whether something has arrived since that time, so that the connection is alive. */
  hasHeardSince(time: number): boolean {
    return this.connectionId !== null && this.#heardAt >= time
  }

  /** Ends the connection with this number, so that the next one is made without a wait. Later calls do nothing. */
  close(connectionId: number | null, reason: AuthContext['reason']): void {
    if (connectionId !== null && connectionId === this.connectionId)
      this.#handlers?.onError(new ConnectionLost(), reason)
  }

  handshake(token: string | undefined, signal: AbortSignal): Promise<EstablishedConnection> {
    const { clock, connectTimeout } = this.#options
    this.#transport ??= this.#openTransport()
    const transport = this.#transport
    return new Promise<EstablishedConnection>((resolve, reject) => {
      const give = (settle: () => void) => {
        clock.clearTimeout(timer)
        stopListening()
        this.#handlers = null
        settle()
      }
      const fail = (error: unknown) => give(() => reject(error))
      const giveUp = (error: unknown) => {
        transport.close()
        fail(error)
      }
      const stopListening = onAbort(signal, () => giveUp(signal.reason))
      const timer = clock.setTimeout(() => giveUp(handshakeTooLate()), connectTimeout)
      this.#handlers = {
        onConnected: (limits) => give(() => resolve(this.#begin(signal, limits))),
        onError: fail,
      }
      try {
        transport.open({ protocol: PROTOCOL_VERSION, ...(token !== undefined && { token }) })
      } catch (error) {
        fail(error)
      }
    })
  }

  /** In the instant in which the handshake is accepted, so that what comes next finds everything in place. */
  #begin(signal: AbortSignal, limits: TransportLimits | undefined): EstablishedConnection {
    const since = this.#options.clock.now()
    const ended = new Promise<CloseReason>((resolve) => {
      const end: Handlers['onError'] = (error, reason, areSuspect = reason === undefined) => {
        stopListening()
        this.#transport?.close()
        this.#handlers = null
        this.connectionId = null
        this.maxPayload = undefined
        this.#requests.rejectAll({ areSuspect })
        this.#endProbe()
        resolve({ error, reason: reason ?? 'reconnect', backOff: reason === undefined })
      }
      const stopListening = onAbort(signal, () => end(new ConnectionLost(), undefined, false))
      this.#handlers = { onError: end }
    })
    this.connectionId = ++this.#connections
    this.#upSince = since
    this.maxPayload = limits?.maxPayload
    this.#listener.onConnected(since)
    return { since, ended }
  }

  #openTransport(): Transport {
    const { transport, url, socketOptions, events, translate, clock } = this.#options
    const refused = (raw: unknown) => {
      const refusal = handshakeRefusal(raw, clock.now())
      if (!refusal) {
        const error = translate(raw)
        const isErrorEvent = readString(read(raw, 'data'), 'error_code') !== undefined
        if (error.code === 'unknown' && !isErrorEvent) this.#listener.onRefused(unclear())
        return error
      }
      this.#listener.onRefused(refusal)
      return translate(refusalError(refusal, raw))
    }
    return transport({
      url,
      socketOptions,
      events,
      handlers: {
        connected: (limits) => this.#handlers?.onConnected?.(limits),
        refused: (error) => this.#handlers?.onError(refused(error)),
        disconnected: (reason) => {
          const isServers = reason === 'io server disconnect'
          if (isServers && clock.now() - this.#upSince < soonAfter) this.#listener.onRefused(dismissal())
          const error = isServers ? refusalError(dismissal(), undefined) : new ConnectionLost()
          // A server that has stopped to answer pings has not refused anything, so no request is suspected.
          this.#handlers?.onError(translate(error), undefined, reason !== 'ping timeout')
        },
        pushed: (event, payload) => {
          this.#heardAt = clock.now()
          if (this.connectionId !== null) this.#listener.onPush(event, payload)
        },
      },
    })
  }
}

// Milliseconds after a handshake in which a server that ends the connection by itself has refused the client.
const soonAfter = 1000

const dismissal = (): HandshakeRefusal => ({ code: 'temporary', hint: hintOf('unexplained') })
const unclear = (): HandshakeRefusal => ({ code: 'unknown', hint: hintOf('unexplained') })

export const handshakeTooLate = () => new AppError({ code: 'timeout', message: 'unable to connect in time' })
