import type { RequestOptions } from '../connection/in-flight-requests.js'
import type { AppError } from '../errors/app-error.js'
import type { ChatRequests } from '../protocol/chat-requests.js'
import type { DecodedEvent } from '../protocol/decode.js'
import type { Clock } from '../shared/clock.js'
import type { Logger } from '../shared/logger.js'

/** The part of the connection that a codec uses. */
export interface CodecConnection {
  /** Number of the connection that is up; null if there is none. */
  readonly connectionId: number | null
  /** Sends an event that needs no answer. @returns false if there is no connection; nothing is sent then. */
  emit(event: string, payload: unknown): boolean
  /** Sends a request and gives the server's answer as it came. @throws AppError `timeout`, `ConnectionLost` */
  request(event: string, payload: unknown, options: RequestOptions): Promise<unknown>
  /**
   * Replaces this connection by a new one if nothing has arrived over it since that time, in milliseconds of the client's
   * clock. @returns whether something has arrived.
   */
  reconnectIfSilent(connectionId: number | null, since: number): boolean
  /** Replaces this connection by one with a new token. */
  reconnectWithNewToken(connectionId: number | null): void
  /** The server's advice: the milliseconds over which its clients should spread their return. */
  setReconnectSpread(spreadMs: number | undefined): void
}

/** The client's side of a codec. */
export interface CodecContext {
  readonly connection: CodecConnection
  readonly clock: Clock
  readonly logger: Logger
  /** Milliseconds to wait for an acknowledgement. */
  readonly acknowledge: number
  /** Milliseconds that a task may be silent. */
  readonly idle: number
  /** Whether the app can be asked for a new token. */
  readonly canRenew: boolean
  readonly translate: (error: unknown) => AppError
  /** Hands events to their conversation. */
  readonly deliver: (conversationId: string, events: readonly DecodedEvent[]) => void
}

/** One client's talk with its server, in the codec's language. */
export interface CodecSession {
  readonly server: ChatRequests
  /** The server sent one of the codec's events. */
  pushed(event: string, payload: unknown): void
  /** The connection came up or went away. */
  connectionChanged(connected: boolean): void
}

/** A language that a server speaks: protocol v1, or with `plainCodec` whatever it emits. */
export interface Codec {
  /**
   * Tells two languages of one server apart: stored messages are sent only by a client whose codec has the same name.
   * @default the names of its events
   */
  readonly name?: string | undefined
  /** The server's Socket.IO events to listen to. */
  readonly events: readonly string[]
  open(context: CodecContext): CodecSession
}
