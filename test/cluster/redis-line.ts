import { connect, createServer, type Server, type Socket } from 'node:net'
import { listen } from '../../examples/mock-server/listen.js'

/** The way from the nodes to Redis, which can be cut, or hold everything without a word. */
export class RedisLine {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #redisPort: number
  #isCut = false
  #port = 0

  constructor(redisPort: number) {
    this.#redisPort = redisPort
    this.#server = createServer((near) => {
      if (this.#isCut) return void near.destroy()
      const far = connect(this.#redisPort, '127.0.0.1')
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one)
        one.on('error', () => {})
        one.setNoDelay(true)
        one.once('close', () => {
          this.#sockets.delete(one)
          other.destroy()
        })
        one.pipe(other)
      }
    })
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`
  }

  async start(): Promise<void> {
    this.#port = (await listen(this.#server, 0, '127.0.0.1')).port
  }

  /** Ends every connection, and takes none until `mend`. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Ends every connection; those that follow lead to another Redis. */
  leadTo(redisPort: number): void {
    this.#redisPort = redisPort
    this.cut()
    this.mend()
  }

  /** Nothing arrives any more, in either direction; no connection ends. */
  hold(): void {
    for (const socket of this.#sockets) socket.pause()
  }

  mend(): void {
    this.#isCut = false
    for (const socket of this.#sockets) socket.resume()
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.cut()
    await closed
  }
}
