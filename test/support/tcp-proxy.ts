import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'

/** `pass`: bytes go through. `refuse`: new connections are reset. `hang`: they are accepted, and nothing ever answers. */
export type ProxyMode = 'pass' | 'refuse' | 'hang'

export interface TcpProxy {
  readonly url: string
  /** What happens to new connections. */
  mode: ProxyMode
  /** All bytes that came from the server so far, as text; WebSocket frames of a server are not masked. */
  readonly received: () => string
  /** How many connections were made to the server. */
  readonly connections: () => number
  /** Breaks every connection at once, without the closing words of any protocol. */
  cut(): void
  /** Lets no further byte through on the connections that are open, in either direction; TCP stays. */
  freeze(): void
  close(): Promise<void>
}

/** A network between client and server that a test can break, at the one place where real networks break. */
export async function startTcpProxy(serverUrl: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(serverUrl)
  const open = new Set<Socket>()
  const chunks: Buffer[] = []
  let connections = 0

  const keep = (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    // A reset is what this proxy is for.
    socket.on('error', () => {})
  }
  const server = createServer((downstream) => {
    keep(downstream)
    if (proxy.mode === 'refuse') downstream.resetAndDestroy()
    if (proxy.mode !== 'pass') return
    connections += 1
    const upstream = dial(Number(port), hostname)
    keep(upstream)
    upstream.on('data', (chunk) => chunks.push(chunk))
    downstream.pipe(upstream)
    upstream.pipe(downstream)
    downstream.on('close', () => upstream.destroy())
    upstream.on('close', () => downstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const proxy: TcpProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mode: 'pass',
    received: () => Buffer.concat(chunks).toString('utf8'),
    connections: () => connections,
    cut: () => {
      for (const socket of open) socket.destroy()
    },
    freeze: () => {
      for (const socket of open) {
        socket.unpipe()
        socket.removeAllListeners('data')
        socket.pause()
      }
    },
    close: async () => {
      proxy.cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}
