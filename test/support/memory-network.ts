import type { TransportFactory, TransportHandlers } from '../../src/connection/transport.js'
import { translateError } from '../../src/errors/translate-error.js'
import { toErrorBody } from '../../src/server/error-event.js'
import { conversationKey } from '../../src/server/store/index.js'
import { type MemoryStore, memoryStore } from '../../src/server/store/memory-store.js'
import { MemoryServer, type MemoryServerOptions } from './memory-server.js'
import type { VirtualClock } from './virtual-clock.js'

/** What a test sees of one request: its event and its payload. */
export interface Seen {
  readonly event: string
  readonly payload: Record<string, unknown>
}

export interface MemoryNetworkOptions
  extends Omit<MemoryServerOptions, 'store' | 'push' | 'clock' | 'createId' | 'random'> {
  readonly clock: VirtualClock
  readonly random?: () => number
  /** Milliseconds in each direction. @default 5 */
  readonly latency?: number
}

interface Peer {
  handlers: TransportHandlers
  up: boolean
  joined: Set<string>
}

const user = 'guest'

/**
 * The server's real core behind a network that a test bends: everything goes through JSON and the virtual
 * clock, and any frame can be lost.
 */
export class MemoryNetwork {
  readonly seen: Seen[] = []
  /** The auth of every handshake. */
  readonly handshakes: unknown[] = []
  reachable = true
  /** Refuses a handshake with what it returns; undefined lets it in. */
  admit: (auth: Record<string, unknown>) => unknown = () => undefined
  /** Whether a request gets lost on its way. */
  losesRequest: (seen: Seen) => boolean = () => false
  losesAnswer: (seen: Seen) => boolean = () => false
  /** Answers in place of the server where it returns something. */
  answers: (seen: Seen) => unknown = () => undefined
  /** Whether the events of one step are pushed together, as an array. */
  coalesce = false
  /** What of a push arrives: the same, another, or nothing. */
  push: (event: unknown) => unknown[] = (event) => [event]
  handler: MemoryServer
  store: MemoryStore
  #logs = 0
  #ids = 0
  readonly #options: MemoryNetworkOptions
  readonly #peers = new Set<Peer>()

  constructor(options: MemoryNetworkOptions) {
    this.#options = options
    this.store = this.#newStore()
    this.handler = this.#start()
  }

  /** Another process takes over, on the same log or, if that is lost, on a new one. Connections break. */
  async restart({ losesLog = false } = {}): Promise<void> {
    this.handler.crash()
    this.cut()
    if (losesLog) this.store = this.#newStore()
    this.handler = this.#start()
    await this.handler.start()
  }

  /** Breaks every connection. */
  cut(): void {
    for (const peer of this.#peers) {
      if (!peer.up) continue
      peer.up = false
      peer.joined.clear()
      peer.handlers.disconnected('transport close')
    }
  }

  sent(event: string): Seen[] {
    return this.seen.filter((request) => request.event === event)
  }

  readonly transport: TransportFactory = ({ handlers }) => {
    const peer: Peer = { handlers, up: false, joined: new Set() }
    this.#peers.add(peer)
    let opening = 0
    return {
      open: (auth) => {
        const mine = ++opening
        this.#later(() => {
          if (mine !== opening) return
          this.handshakes.push(auth)
          const refusal = this.reachable ? this.admit(auth) : new Error('xhr poll error')
          if (refusal !== undefined) return handlers.refused(refusal)
          peer.up = true
          handlers.connected()
        })
      },
      close: () => {
        opening++
        peer.up = false
        peer.joined.clear()
      },
      emit: (event, payload, acknowledge) => this.#request(peer, event, copy(payload), acknowledge),
    }
  }

  #newStore(): MemoryStore {
    const { clock } = this.#options
    const log = ++this.#logs
    return memoryStore({ clock, createId: () => `epoch-${log}` })
  }

  #start(): MemoryServer {
    const { clock, random = Math.random, latency: _latency, ...rest } = this.#options
    return new MemoryServer({
      ...rest,
      store: this.store.connect(),
      clock,
      random,
      createId: () => `made-${++this.#ids}`,
      push: (key, events) => {
        for (const peer of this.#peers) {
          if (!peer.up || !peer.joined.has(key)) continue
          const frames = this.coalesce ? [events] : events
          for (const pushed of frames.flatMap((frame) => this.push(copy(frame)))) {
            this.#later(() => peer.up && peer.handlers.pushed('chat:event', pushed))
          }
        }
      },
    })
  }

  #request(peer: Peer, event: string, payload: unknown, acknowledge?: (answer: unknown) => void): void {
    const request: Seen = { event, payload: payload as Record<string, unknown> }
    this.seen.push(request)
    if (this.losesRequest(request)) return
    this.#later(async () => {
      if (!peer.up) return
      const answer = this.answers(request) ?? (await this.#answer(peer, request))
      if (this.losesAnswer(request)) return
      this.#later(() => peer.up && acknowledge?.(copy(answer)))
    })
  }

  async #answer(peer: Peer, { event, payload }: Seen): Promise<unknown> {
    const key = conversationKey(user, String(payload.conversation_id))
    if (event === 'chat:join') peer.joined.add(key)
    if (event === 'chat:leave') peer.joined.delete(key)
    try {
      return await this.handler.ask(user, event, payload as never)
    } catch (error) {
      return {
        ok: false,
        error: { ...toErrorBody(translateError(error)), timestamp: new Date().toISOString() },
      }
    }
  }

  #later(action: () => void): void {
    this.#options.clock.setTimeout(action, this.#options.latency ?? 5)
  }
}

const copy = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value))
