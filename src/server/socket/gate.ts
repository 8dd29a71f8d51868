import type { Socket } from 'socket.io'
import type { Clock } from '../../shared/clock.js'
import type { Limits } from '../limits.js'
import { refusals } from '../refusals.js'
import { type Authenticate, authenticated, type Caller, guest, type Handshake } from './authenticate.js'
import { checkLoopback, checkOrigin, readToken } from './handshake.js'

export interface GateOptions {
  readonly authenticate: Authenticate | undefined
  readonly clientAddress: (handshake: Handshake) => string
  readonly origins: readonly string[] | undefined
  readonly limits: Pick<Limits, 'connectionsPerUser'>
  readonly clock: Clock
}

/** Connections of one address that wait for `authenticate` at once. */
const maxPerAddress = 20

/** Decides which sockets may come in. */
export class Gate {
  readonly #options: GateOptions
  readonly #waiting = new Map<string, number>()
  /** The connections of each user, and the namespaces that each has connected to. */
  readonly #connected = new Map<string, Map<Socket['conn'], Set<string>>>()

  constructor(options: GateOptions) {
    this.#options = options
  }

  /** @throws AppError if the handshake is refused, or what `authenticate` throws. */
  async admit(socket: Socket): Promise<Caller> {
    const { handshake } = socket
    const { authenticate, origins, clientAddress, clock } = this.#options
    checkOrigin(handshake, origins)
    const token = readToken(handshake)
    if (!authenticate) {
      checkLoopback(handshake)
      return this.#counted(socket, { user: guest, expiresAt: undefined })
    }
    const address = clientAddress(handshake)
    const waiting = this.#waiting.get(address) ?? 0
    if (waiting >= maxPerAddress)
      throw refusals.overloaded('too many connections of this address sign in', 1000)
    this.#waiting.set(address, waiting + 1)
    try {
      return this.#counted(socket, await authenticated(authenticate, { token, handshake }, clock))
    } finally {
      count(this.#waiting, address, -1)
    }
  }

  #counted({ conn, nsp }: Socket, caller: Caller): Caller {
    const { id } = caller.user
    const conns = this.#connected.get(id) ?? new Map<Socket['conn'], Set<string>>()
    const names = conns.get(conn)
    // The client may have left the namespace, and come back over the same connection.
    if (names?.has(nsp.name)) return caller
    const connected = [...conns.values()].reduce((sum, { size }) => sum + size, 0)
    if (connected >= this.#options.limits.connectionsPerUser)
      throw refusals.overloaded('the user has too many connections', 5000)
    // Gone while it signed in: no later event would count it off.
    if (conn.readyState !== 'open') throw refusals.overloaded('the connection is gone', 0)
    if (names) {
      names.add(nsp.name)
      return caller
    }
    this.#connected.set(id, conns.set(conn, new Set([nsp.name])))
    conn.once('close', () => {
      conns.delete(conn)
      if (conns.size === 0) this.#connected.delete(id)
    })
    return caller
  }
}

function count(counts: Map<string, number>, name: string, by: number): void {
  const left = (counts.get(name) ?? 0) + by
  if (left > 0) counts.set(name, left)
  else counts.delete(name)
}
