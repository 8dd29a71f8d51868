import type { Socket } from 'socket.io'
import type { Logger } from '../../shared/logger.js'
import { cut } from './pending-bytes.js'

type EngineSocket = Socket['conn']

/**
 * Connections that have connected to no namespace yet. Socket.IO keeps each until its `connectTimeout` (45 s by default), and
 * a polling one costs its client a single request. Beyond a number the oldest is ended: a client that means to connect does
 * so within a round trip, and is tried again by Socket.IO if a flood pushes it out.
 */
export class UnnamedConnections {
  readonly #max: number
  readonly #logger: Logger
  /** The oldest one first. */
  readonly #held = new Set<EngineSocket>()
  readonly #named = new WeakSet<EngineSocket>()

  constructor(max: number, logger: Logger) {
    this.#max = max
    this.#logger = logger
  }

  /** @param conn a new connection. */
  begin(conn: EngineSocket): void {
    conn.once('close', () => this.remove(conn))
    this.add(conn)
  }

  /** @param conn new, or a connection whose handshake was refused. */
  add(conn: EngineSocket): void {
    if (conn.readyState !== 'open' || this.#named.has(conn)) return
    this.#held.add(conn)
    const [oldest] = this.#held
    if (this.#held.size <= this.#max || !oldest) return
    this.#held.delete(oldest)
    cut(oldest)
    this.#logger.warn('connection cut', { reason: 'too many connections connect to no namespace' })
  }

  /** The connection is about to say whose it is; others bound how many do so at once. */
  remove(conn: EngineSocket): void {
    this.#held.delete(conn)
  }

  /** The connection has a namespace, and is bounded by other limits from here on. */
  name(conn: EngineSocket): void {
    this.#held.delete(conn)
    this.#named.add(conn)
  }
}
