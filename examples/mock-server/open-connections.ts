import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * The TCP connections of a server. Its own `close()` waits for those over which no request came yet, as browsers open them
 * ahead of need, for half a request, and for a WebSocket whose other end does not answer; any of them would hold it up.
 */
export class OpenConnections {
  readonly #sockets = new Set<Socket>()

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  cut() {
    for (const socket of this.#sockets) socket.destroy()
  }
}
