import type { Connection } from '../connection/connection.js'
import type { AppError } from '../errors/app-error.js'
import type { ChatServer } from '../protocol/chat-requests.js'
import type { DecodedEvent } from '../protocol/decode.js'
import type { Clock } from '../shared/clock.js'
import type { Logger } from '../shared/logger.js'

/** What a codec is given by the client. */
export interface CodecContext {
  readonly connection: Connection
  readonly clock: Clock
  readonly logger: Logger
  /** Milliseconds to wait for an acknowledgement. */
  readonly acknowledge: number
  /** Milliseconds that a task may be silent. */
  readonly idle: number
  /** Whether there is somebody to ask for a new token. */
  readonly canRenew: boolean
  readonly translate: (error: unknown) => AppError
  /** Hands events to their conversation. */
  readonly deliver: (conversationId: string, events: readonly DecodedEvent[]) => void
}

/** One client's talk with its server, in the codec's language. */
export interface Link {
  readonly server: ChatServer
  /** The server sent one of the codec's events. */
  pushed(event: string, payload: unknown): void
  /** The connection came up or went away. */
  connectionChanged(connected: boolean): void
}

/** A language that a server speaks: protocol v1, or with `plainCodec` whatever it emits. */
export interface Codec {
  /** The server's Socket.IO events to listen to. */
  readonly events: readonly string[]
  open(context: CodecContext): Link
}
