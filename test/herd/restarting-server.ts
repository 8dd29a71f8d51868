import type { Clock } from '../../src/shared/clock.js'

/** One client's end of the line. */
export interface Peer {
  accepted(): void
  refused(): void
  /** The connection that was accepted is gone. */
  lost(): void
  /** The server says that it is about to close. */
  closing(): void
}

/** What a restart is like. Times in milliseconds. */
export interface Outage {
  /** For so long every handshake fails. */
  readonly down: number
  /** For so long afterwards every handshake is accepted, and dropped at once. */
  readonly drops: number
  /** Whether the server says beforehand that it is about to close. */
  readonly planned: boolean
}

export interface RestartingServerOptions {
  readonly clock: Clock
  /** Handshakes that are admitted within any second after a restart. */
  readonly capacity: number
}

const latency = 50
const dropAfter = 10
const second = 1000

/**
 * A server in nothing but its door: who knocks, who is let in. It admits everybody at first, as over a day; after a
 * restart it admits no more than its capacity, and refuses the others as a server under too much load does.
 */
export class RestartingServer {
  /** When handshakes began since the restart, in milliseconds since it. */
  readonly attempts: number[] = []
  /** When clients were back, in milliseconds since the restart. */
  readonly returns: number[] = []
  readonly #options: RestartingServerOptions
  readonly #up = new Set<Peer>()
  /** When the latest handshakes within the capacity were admitted; the oldest one stands at `#turn`. */
  readonly #admitted: number[] = []
  #turn = 0
  #restart: { at: number; outage: Outage } | null = null

  constructor(options: RestartingServerOptions) {
    this.#options = options
  }

  /** How many clients are connected. */
  get connected(): number {
    return this.#up.size
  }

  /** Breaks every connection in one instant. */
  restart(outage: Outage): void {
    const peers = [...this.#up]
    this.#up.clear()
    if (outage.planned) for (const peer of peers) peer.closing()
    this.#restart = { at: this.#options.clock.now(), outage }
    for (const peer of peers) peer.lost()
  }

  /** One handshake; the answer comes a little later. @returns what gives it up. */
  knock(peer: Peer): () => void {
    const { clock } = this.#options
    const door = this.#door()
    const timer = clock.setTimeout(() => {
      if (door === 'shut') return peer.refused()
      this.#up.add(peer)
      if (door === 'open' && this.#restart) this.returns.push(clock.now() - this.#restart.at)
      peer.accepted()
      if (door === 'revolving') clock.setTimeout(() => this.#drop(peer), dropAfter)
    }, latency)
    return () => {
      clock.clearTimeout(timer)
      this.#up.delete(peer)
    }
  }

  /** The answer to a request arrives. */
  later(answer: () => void): void {
    this.#options.clock.setTimeout(answer, latency)
  }

  #drop(peer: Peer): void {
    if (this.#up.delete(peer)) peer.lost()
  }

  #door(): 'open' | 'shut' | 'revolving' {
    if (!this.#restart) return 'open'
    const { at, outage } = this.#restart
    const since = this.#options.clock.now() - at
    this.attempts.push(since)
    if (since < outage.down) return 'shut'
    if (since < outage.down + outage.drops) return 'revolving'
    const oldest = this.#admitted[this.#turn] ?? Number.NEGATIVE_INFINITY
    if (since - oldest < second) return 'shut'
    this.#admitted[this.#turn] = since
    this.#turn = (this.#turn + 1) % this.#options.capacity
    return 'open'
  }
}
