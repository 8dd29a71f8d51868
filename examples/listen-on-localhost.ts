import type { Server as HttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { listen } from './mock-server/listen.js'
import { OpenConnections } from './mock-server/open-connections.js'

export interface Localhost {
  readonly port: number
  /** Ends the server too, with the connections that browsers keep open for the next request. */
  close(): Promise<void>
}

/**
 * Listens on both addresses that `localhost` means. Browsers try ::1 first, where another program may have the same port:
 * the page would be that program's.
 *
 * @param port 0 lets the system choose.
 * @throws NodeJS.ErrnoException if the port is taken on either.
 */
export async function listenOnLocalhost(http: HttpServer, port: number): Promise<Localhost> {
  // Connections over IPv6 reach the same server.
  const ipv6 = createServer((connection) => http.emit('connection', connection))
  const connections = new OpenConnections(http)
  const close = async () => {
    const ended = Promise.all([http, ipv6].map(closed))
    connections.cut()
    await ended
  }
  try {
    const { port: chosen } = await listen(http, port, '127.0.0.1')
    await listen(ipv6, chosen, '::1').catch((error) => {
      if (!isWithoutIpv6(error)) throw error
    })
    return { port: chosen, close }
  } catch (error) {
    await close()
    throw error
  }
}

const isWithoutIpv6 = ({ code }: NodeJS.ErrnoException) => code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'

/** At once for one that does not listen. */
const closed = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()))
