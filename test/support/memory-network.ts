import {
  ConversationHandler,
  type ConversationHandlerOptions,
} from '../../examples/mock-server/conversation-handler.js'
import { conversationKey } from '../../examples/mock-server/conversation-key.js'
import { type ConversationLog, MemoryLog } from '../../examples/mock-server/conversation-log.js'
import { toErrorBody } from '../../examples/mock-server/error-event.js'
import type { TransportFactory, TransportHandlers } from '../../src/connection/transport.js'
import { translateError } from '../../src/errors/translate-error.js'
import type { VirtualClock } from './virtual-clock.js'

type Handler = Record<string, (payload: never) => Promise<unknown>>

/** What a test sees of one request: its event and its payload. */
export interface Seen {
  readonly event: string
  readonly payload: Record<string, unknown>
}

export interface MemoryNetworkOptions extends Omit<ConversationHandlerOptions, 'log' | 'publish' | 'clock'> {
  readonly clock: VirtualClock
  readonly log?: ConversationLog
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
 * The example server's real handler behind a network that a test bends: everything goes through JSON and the virtual
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
  handler: ConversationHandler
  readonly #options: MemoryNetworkOptions
  readonly #peers = new Set<Peer>()

  constructor(options: MemoryNetworkOptions) {
    this.#options = options
    this.handler = this.#start(options.log ?? new MemoryLog({ epoch: 'epoch-1' }))
  }

  /** Another process takes over, on this log. Connections break. */
  async restart(log: ConversationLog): Promise<void> {
    this.handler.abandon()
    this.cut()
    this.handler = this.#start(log)
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

  #start(log: ConversationLog): ConversationHandler {
    const { clock, latency: _latency, log: _log, ...rest } = this.#options
    return new ConversationHandler({
      ...rest,
      log,
      clock,
      publish: (key, events) => {
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
    const { handler } = this
    const actions: Handler = {
      'chat:join': (request) => handler.join(user, request),
      'chat:send': (request) => handler.send(user, request),
      'chat:retry': (request) => handler.retry(user, request),
      'chat:stop': (request) => handler.stop(user, request),
      'chat:history': (request) => handler.history(user, request),
      'chat:leave': async () => ({ ok: true }),
    }
    const key = conversationKey(user, String(payload.conversation_id))
    if (event === 'chat:join') peer.joined.add(key)
    if (event === 'chat:leave') peer.joined.delete(key)
    try {
      return await actions[event]?.(payload as never)
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
