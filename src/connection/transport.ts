/** The server's word on its transport when the connection opened. */
export interface TransportLimits {
  /** Bytes of one packet; a larger one breaks the connection. @default unknown */
  readonly maxPayload?: number | undefined
}

/** The transport's signals to the connection. */
export interface TransportHandlers {
  /** The handshake that `open` began was accepted. */
  connected(limits?: TransportLimits): void
  /** That handshake failed; a server's reason may stand in the error's `data`. */
  refused(error: unknown): void
  /** A connection that was accepted is gone. */
  disconnected(reason: string): void
  pushed(event: string, payload: unknown): void
}

export interface TransportOptions {
  readonly url: string
  /** For socket.io-client, unchanged but for what would make it retry by itself. */
  readonly socketOptions: Readonly<Record<string, unknown>>
  /** The server's events to listen to. */
  readonly events: readonly string[]
  readonly handlers: TransportHandlers
}

/** One connection at a time to one server, without a will of its own: it never retries, buffers or repeats. */
export interface Transport {
  /** Begins one handshake; ends in `connected` or `refused`. */
  open(auth: Readonly<Record<string, unknown>>): void
  /** Drops whatever there is, without a call of `disconnected`. */
  close(): void
  /** Sends one event; `acknowledge`, if given, is called at most once with the server's answer. */
  emit(event: string, payload: unknown, acknowledge?: (answer: unknown) => void): void
  /** Packets that were handed over and have not left this machine yet. @default 0 */
  buffered?(): number
}

export type TransportFactory = (options: TransportOptions) => Transport
