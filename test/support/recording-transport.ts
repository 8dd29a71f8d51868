import { socketIoTransport } from '../../src/connection/socket-io-transport.js'
import type { TransportFactory } from '../../src/connection/transport.js'

export interface SentRequest {
  readonly event: string
  readonly payload: Record<string, unknown>
  /** Milliseconds by a clock that nobody sets. */
  readonly at: number
}

/** socket.io-client itself, with a list of what was sent through it. */
export function recordingTransport(): {
  transport: TransportFactory
  /** Of one event, or of all. */
  sent: (event?: string) => SentRequest[]
} {
  const requests: SentRequest[] = []
  return {
    transport: (options) => {
      const real = socketIoTransport(options)
      return {
        ...real,
        emit(event, payload, acknowledge) {
          requests.push({ event, payload: payload as Record<string, unknown>, at: performance.now() })
          real.emit(event, payload, acknowledge)
        },
      }
    },
    sent: (event) => requests.filter((request) => event === undefined || request.event === event),
  }
}
