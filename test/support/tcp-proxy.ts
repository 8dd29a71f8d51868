import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import { type Breakpoint, idealLine, type LineConditions, Link } from './link.js'

/** `pass`: bytes go through. `refuse`: new connections are reset. `hang`: they are accepted, and nothing ever answers. */
export type ProxyMode = 'pass' | 'refuse' | 'hang'

export interface TcpProxyOptions {
  /** Breaks a connection in the midst of what comes from the server; asked for anew for each connection. */
  readonly breakpoint?: () => Breakpoint | undefined
}

export interface TcpProxy {
  readonly url: string
  /** What happens to new connections. */
  mode: ProxyMode
  /** What the line is like in both directions, from now on. */
  conditions: LineConditions
  /** All bytes that came from the server so far, as text; WebSocket frames of a server are not masked. */
  readonly received: () => string
  /** How many connections were made to the server. */
  readonly connections: () => number
  /** Breaks every connection at once, without the closing words of any protocol. */
  cut(): void
  /** The same with a TCP reset: what is under way is thrown away at both ends. */
  reset(): void
  /** Lets no further byte through on the connections that are open; TCP stays. @param direction both unless given */
  freeze(direction?: 'both' | 'fromServer'): void
  close(): Promise<void>
}

interface Pair {
  readonly fromClient: Link
  readonly fromServer: Link
}

/** A network between client and server that a test can break, at the one place where real networks break. */
export async function startTcpProxy(
  serverUrl: string,
  { breakpoint }: TcpProxyOptions = {},
): Promise<TcpProxy> {
  const { hostname, port } = new URL(serverUrl)
  const open = new Set<Socket>()
  const pairs = new Set<Pair>()
  const chunks: Buffer[] = []
  let connections = 0

  const keep = (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    // A reset is what this proxy is for.
    socket.on('error', () => {})
    // What is meant to arrive at once must not wait for more.
    socket.setNoDelay(true)
  }
  const server = createServer((downstream) => {
    keep(downstream)
    if (proxy.mode === 'refuse') downstream.resetAndDestroy()
    if (proxy.mode !== 'pass') return
    connections += 1
    const upstream = dial(Number(port), hostname)
    keep(upstream)
    upstream.on('data', (chunk) => chunks.push(chunk))
    const conditions = () => proxy.conditions
    const pair = {
      fromClient: new Link({ from: downstream, to: upstream, conditions }),
      fromServer: new Link({ from: upstream, to: downstream, conditions, breakpoint: breakpoint?.() }),
    }
    pairs.add(pair)
    downstream.on('close', () => pairs.delete(pair))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const proxy: TcpProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mode: 'pass',
    conditions: idealLine,
    received: () => Buffer.concat(chunks).toString('utf8'),
    connections: () => connections,
    cut: () => {
      for (const socket of open) socket.destroy()
    },
    reset: () => {
      for (const socket of open) socket.resetAndDestroy()
    },
    freeze: (direction = 'both') => {
      for (const { fromClient, fromServer } of pairs) {
        fromServer.freeze()
        if (direction === 'both') fromClient.freeze()
      }
    },
    close: async () => {
      proxy.cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}
