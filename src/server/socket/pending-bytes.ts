import type { Socket } from 'socket.io'
import type { Clock } from '../../shared/clock.js'

type EngineSocket = Socket['conn']

/**
 * Bytes that wait for a connection that reads slowly, or not at all. Engine.IO hands packets to its transport in batches,
 * and the next batch only when the last one has left; so each batch is progress.
 */
export class PendingBytes {
  readonly #conn: EngineSocket
  readonly #clock: Clock
  #inFlight = 0
  #waiting = 0
  #progressAt: number
  /** Counts no more: the connection may go on without the one who counts. */
  readonly end: () => void

  /** @param onGrowth called as bytes are added. */
  constructor(conn: EngineSocket, clock: Clock, onGrowth: () => void) {
    this.#conn = conn
    this.#clock = clock
    this.#progressAt = clock.now()
    const created = (packet: { data?: unknown }) => {
      if (this.bytes === 0) this.#progressAt = clock.now()
      this.#waiting += sizeOf(packet.data)
      onGrowth()
    }
    const flushed = () => {
      this.#inFlight = this.#waiting
      this.#waiting = 0
      this.#progressAt = clock.now()
    }
    conn.on('packetCreate', created)
    conn.on('flush', flushed)
    this.end = () => {
      conn.off('packetCreate', created)
      conn.off('flush', flushed)
    }
  }

  get bytes(): number {
    return (this.#conn.transport.writable ? 0 : this.#inFlight) + this.#waiting
  }

  /** Milliseconds for which nothing has left although something waits. */
  get stalledMs(): number {
    return this.bytes === 0 ? 0 : this.#clock.now() - this.#progressAt
  }
}

const sizeOf = (data: unknown): number => {
  if (typeof data === 'string') return Buffer.byteLength(data)
  return ArrayBuffer.isView(data) ? data.byteLength : 0
}

/** Ends a connection at once, with what waits for it: closing politely would wait for its reader. */
export function cut(conn: EngineSocket): void {
  const { transport } = conn
  conn.close(true)
  const { socket } = transport as { socket?: { terminate?: () => void } }
  socket?.terminate?.()
}
