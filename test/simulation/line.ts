import type { TransportHandlers } from '../../src/connection/transport.js'
import type { ConversationKey } from '../../src/server/store/index.js'
import type { Machine, ProcessClock } from './process-clock.js'
import type { Node } from './simulated-server.js'

/** A process of a person's machine that talks to the server. */
export interface Caller {
  readonly page: number
  readonly machine: Machine
  readonly clock: ProcessClock
}

/** One connection, or the attempt to make one, as both its ends have it. */
export class Line {
  readonly number: number
  readonly caller: Caller
  readonly handlers: TransportHandlers
  readonly token: string
  /** The conversations that the server pushes over it. */
  readonly joined = new Set<ConversationKey>()
  isClientUp = true
  /** When something last arrived at the page, by the world's clock; null until the handshake is answered. */
  heardAt: number | null = null
  /** Nothing passes, and nobody is told. */
  isSilent = false
  /** When the last frame arrives, in each direction: the next one does not overtake it. */
  toServer = 0
  toClient = 0
  /** The server's process that serves it. */
  node: Node | null = null

  constructor(number: number, caller: Caller, handlers: TransportHandlers, token: string) {
    this.number = number
    this.caller = caller
    this.handlers = handlers
    this.token = token
  }

  get page(): number {
    return this.caller.page
  }

  get isServed(): boolean {
    return this.node !== null
  }

  served(node: Node): void {
    this.node = node
  }

  /** The server's side is gone. */
  forget(): void {
    this.node = null
    this.joined.clear()
  }
}

/** Everything goes through JSON, as on a wire. */
export const copy = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value))
