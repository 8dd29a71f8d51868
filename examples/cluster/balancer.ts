import { get } from 'node:http'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { listen } from '../mock-server/listen.js'

/** Milliseconds between two looks at a node, and those in which it has to answer one. */
const lookEveryMs = 250
const answerWithinMs = 1000

interface Target {
  readonly port: number
  isWell: boolean
  isAsked: boolean
  readonly connections: Set<Socket>
}

/**
 * Shares TCP connections out in turn, without a memory of who was where. A node that does not answer `/health` gets none, and
 * loses those that it has: a process that was paused would hold them without a word.
 */
export class Balancer {
  readonly #targets: readonly Target[]
  readonly #server: Server
  readonly #clients = new Set<Socket>()
  #next = 0
  #port = 0
  #timer: NodeJS.Timeout | undefined

  constructor(ports: readonly number[]) {
    this.#targets = ports.map((port) => ({ port, isWell: true, isAsked: false, connections: new Set() }))
    this.#server = createServer((client) => this.#serve(client))
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async start(): Promise<void> {
    this.#port = (await listen(this.#server, 0, '127.0.0.1')).port
    this.#timer = setInterval(() => {
      for (const target of this.#targets) if (!target.isAsked) this.#look(target)
    }, lookEveryMs)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const client of this.#clients) client.destroy()
    await closed
  }

  #serve(client: Socket): void {
    this.#clients.add(client)
    client.once('close', () => this.#clients.delete(client))
    client.on('error', () => {})
    const target = this.#choose()
    if (!target) return void client.destroy()
    target.connections.add(client)
    const node = connect(target.port, '127.0.0.1')
    node.on('error', () => {})
    client.once('close', () => {
      target.connections.delete(client)
      node.destroy()
    })
    node.once('close', () => client.destroy())
    client.setNoDelay(true)
    node.setNoDelay(true)
    client.pipe(node)
    node.pipe(client)
  }

  #choose(): Target | undefined {
    for (let tries = 0; tries < this.#targets.length; tries += 1) {
      const target = this.#targets[this.#next % this.#targets.length]
      this.#next += 1
      if (target?.isWell) return target
    }
    return undefined
  }

  #look(target: Target): void {
    target.isAsked = true
    const settle = (isWell: boolean) => {
      target.isAsked = false
      target.isWell = isWell
      if (!isWell) for (const client of target.connections) client.destroy()
    }
    const request = get(
      { host: '127.0.0.1', port: target.port, path: '/health', agent: false, timeout: answerWithinMs },
      (response) => {
        response.resume()
        settle(response.statusCode === 200)
      },
    )
    request.once('timeout', () => request.destroy())
    request.once('error', () => settle(false))
  }
}
