import type { TransportFactory, TransportHandlers } from '../../src/connection/transport.js'
import type { ConversationKey } from '../../src/server/store/index.js'
import type { Clock, Random } from '../../src/shared/clock.js'
import type { Climate } from './climate.js'
import { errorOf, type FrameLog } from './frame-log.js'
import { type Caller, copy, Line } from './line.js'
import { poison } from './poison.js'
import type { Machine } from './process-clock.js'
import type { Node, Publish, SimulatedServer } from './simulated-server.js'

export interface SimulatedNetworkOptions {
  readonly clock: Clock
  readonly random: Random
  readonly climate: Climate
  readonly frames: FrameLog
  /** Milliseconds, one way. */
  readonly latency: number
  readonly coalesce: boolean
  readonly keys: ReadonlyMap<string, ConversationKey>
}

// The conversation whose requests a silent handler leaves unanswered.
const silenced = 'demo'

// When a browser and a server of Socket.IO's defaults find that nobody is there any more.
const heartbeat = 45_000

/** Frames between pages and server: each keeps its order on its connection, unless a fault says otherwise. */
export class SimulatedNetwork {
  readonly #options: SimulatedNetworkOptions
  readonly #lines = new Set<Line>()
  #count = 0
  #server: SimulatedServer | null = null

  constructor(options: SimulatedNetworkOptions) {
    this.#options = options
  }

  connectTo(server: SimulatedServer): void {
    this.#server = server
  }

  /** Connections that a page holds open. */
  openLines(page: number): number {
    return [...this.#lines].filter((line) => line.page === page && line.isClientUp).length
  }

  transportFor = (caller: Caller): TransportFactory => {
    return ({ handlers }) => {
      let line: Line | null = null
      return {
        open: (auth) => {
          if (line) this.#hangUp(line)
          line = this.#dial(caller, handlers, String(auth.token ?? ''))
        },
        close: () => {
          if (line) this.#hangUp(line)
        },
        emit: (event, payload, acknowledge) => {
          if (line) this.#request(line, event, copy(payload), acknowledge)
        },
      }
    }
  }

  /** Breaks connections, of all pages or of one. */
  cut(page?: number): void {
    for (const line of [...this.#lines]) if (page === undefined || line.page === page) this.#break(line)
  }

  /** A node is gone: its connections break. */
  cutNode(node: Node): void {
    for (const line of [...this.#lines]) if (line.node === node) this.#break(line)
  }

  /** The node breaks the connections that have the conversation open. */
  readonly breakOff = (node: Node, key: ConversationKey): void => {
    for (const line of [...this.#lines]) if (line.node === node && line.joined.has(key)) this.#break(line)
  }

  /** From now on nothing passes, and for a while neither side knows. */
  silence(page: number): void {
    for (const line of this.#lines) {
      if (line.page !== page || line.isSilent) continue
      line.isSilent = true
      this.#options.clock.setTimeout(() => {
        line.forget()
        line.caller.machine.whenAwake(() => this.#break(line))
      }, heartbeat)
    }
  }

  /** The server's side gives up whoever sleeps. */
  dropSleepers(machine: Machine): void {
    for (const line of this.#lines) {
      if (!line.caller.machine.isPartOf(machine)) continue
      this.#options.clock.setTimeout(() => {
        if (!machine.isAsleep) return
        line.forget()
        machine.whenAwake(() => this.#break(line))
      }, heartbeat)
    }
  }

  /** A page is gone without a word. */
  drop(page: number): void {
    for (const line of this.#lines) {
      if (line.page !== page) continue
      line.isClientUp = false
      line.forget()
      this.#lines.delete(line)
    }
  }

  /** To everyone who is connected to the node. */
  broadcast(node: Node, event: string, payload: unknown): void {
    for (const line of this.#lines)
      if (line.node === node) this.#toClient(line, () => line.handlers.pushed(event, copy(payload)))
  }

  readonly publish: Publish = (node, key, events) => {
    const { climate, coalesce, clock, random } = this.#options
    for (const line of [...this.#lines]) {
      if (line.node !== node || !line.joined.has(key)) continue
      for (const frame of coalesce ? [events] : events) {
        if (climate.strikes('lose pushes', line.page)) continue
        const push = () => line.handlers.pushed('chat:event', copy(frame))
        this.#toClient(line, push)
        if (!climate.strikes('double pushes', line.page)) continue
        // The second one may come long after, past others.
        clock.setTimeout(() => this.#arrive(line, push), Math.floor(random() * 300))
      }
    }
  }

  #dial(caller: Caller, handlers: TransportHandlers, token: string): Line {
    const { climate, frames } = this.#options
    const line = new Line(++this.#count, caller, handlers, token)
    this.#lines.add(line)
    frames.note(line, { kind: 'open' })
    if (climate.strikes('leave handshakes unanswered', line.page)) return line
    this.#toServer(line, async () => {
      const nodes = this.#server?.nodes ?? []
      const node = nodes[Math.floor(this.#options.random() * nodes.length)]
      const isOut = !node || climate.strikes('refuse connections', line.page) !== undefined
      // A balancer does not know yet that a node is paused.
      if (!isOut) await new Promise<void>((resolve) => node.machine.whenAwake(resolve))
      if (!isOut && !this.#server?.nodes.includes(node)) return
      const refusal = isOut ? new Error('xhr poll error') : this.#refused(line)
      if (refusal === undefined && node) line.served(node)
      this.#toClient(line, () => {
        if (refusal === undefined) return handlers.connected()
        line.heardAt = null
        this.#hangUp(line)
        frames.note(line, { kind: 'refused', error: errorOf(refusal) })
        handlers.refused(refusal)
      })
    })
    return line
  }

  #refused(line: Line): Error | undefined {
    const data = this.#server?.admit(line.token, 'handshake')
    return data && Object.assign(new Error('refused'), { data })
  }

  #request(line: Line, event: string, payload: unknown, acknowledge?: (answer: unknown) => void): void {
    const { climate, frames } = this.#options
    if (!line.isClientUp) return
    frames.note(line, { kind: 'request', event, payload })
    if (climate.strikes('lose requests', line.page)) return
    if (isAbout(payload, silenced) && climate.strikes('a conversation is silent', line.page)) return
    this.#toServer(line, async () => {
      if (breaksConnections(payload)) return this.#break(line)
      const { node } = line
      if (node) await new Promise<void>((resolve) => node.machine.whenAwake(resolve))
      const answer = await this.#answer(line, event, payload)
      if (climate.strikes('lose acknowledgements', line.page)) return
      this.#toClient(line, () => {
        frames.note(line, { kind: 'answer', event, payload, error: errorOf(answer) })
        acknowledge?.(copy(answer))
      })
    })
  }

  async #answer(line: Line, event: string, payload: unknown): Promise<unknown> {
    const { keys } = this.#options
    const server = this.#server
    const { node } = line
    if (!server || !node || !server.nodes.includes(node)) return new Promise<never>(() => {})
    const refusal = server.admit(line.token, event)
    if (refusal) return { ok: false, error: refusal }
    const request = payload as { readonly conversation_id: string }
    const key = keys.get(request.conversation_id)
    // Before it reads, as the protocol has it.
    if (event === 'chat:join' && key) line.joined.add(key)
    if (event === 'chat:leave' && key) line.joined.delete(key)
    return server.answer(node, event, request)
  }

  #hangUp(line: Line): void {
    if (line.isClientUp && line.heardAt !== null) this.#options.frames.note(line, { kind: 'hung up' })
    line.isClientUp = false
    this.#lines.delete(line)
    // What was sent before still arrives; then the server sees the end.
    this.#toServer(line, () => line.forget())
  }

  #break(line: Line): void {
    if (!this.#lines.delete(line)) return
    // Of what was under way some has passed the break already.
    if (this.#options.random() < 0.5) line.isSilent = true
    line.forget()
    line.caller.machine.whenAwake(() => {
      if (!line.isClientUp) return
      this.#options.frames.note(line, { kind: 'broken' })
      line.isClientUp = false
      line.handlers.disconnected('transport close')
    })
  }

  #toServer(line: Line, action: () => void): void {
    const at = this.#arrival(line, line.toServer)
    line.toServer = at
    this.#options.clock.setTimeout(() => !line.isSilent && action(), at - this.#options.clock.now())
  }

  #toClient(line: Line, action: () => void): void {
    const at = this.#arrival(line, line.toClient)
    line.toClient = at
    this.#options.clock.setTimeout(() => this.#arrive(line, action), at - this.#options.clock.now())
  }

  #arrive(line: Line, action: () => void): void {
    if (line.isSilent) return
    line.caller.machine.whenAwake(() => {
      if (!line.isClientUp) return
      if (this.#options.climate.strikes('cut between frames', line.page)) return this.#break(line)
      line.heardAt = this.#options.clock.now()
      action()
    })
  }

  #arrival(line: Line, last: number): number {
    const { clock, climate, latency, random } = this.#options
    const slow = climate.strikes('slow network', line.page)
    const takes = latency + Math.floor(random() * 3) + (slow ? Math.floor(slow() ** 2 * 3000) : 0)
    return Math.max(last, clock.now() + takes)
  }
}

const isAbout = (payload: unknown, conversation: string) =>
  (payload as { readonly conversation_id?: string } | undefined)?.conversation_id === conversation

/** Whether the server drops the connection at this request each time, as at a packet over its limit. */
const breaksConnections = (payload: unknown) => JSON.stringify(payload)?.includes(poison) === true
