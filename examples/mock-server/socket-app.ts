import type { Server as HttpServer } from 'node:http'
import { Server, type Socket } from 'socket.io'
import type { ChatEvent } from '../../src/protocol/events.js'
import type { Clock } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'
import type { Logger } from '../../src/shared/logger.js'
import { chatRoutes, type Routes, route } from './chat-routes.js'
import type { ConversationHandler } from './conversation-handler.js'
import { type ConversationKey, splitConversationKey } from './conversation-key.js'
import { type FaultPlan, FaultSchema } from './fault-plan.js'
import { admit, callerOf, isAllowedOrigin, setCaller } from './handshake.js'
import type { OpenConnections } from './open-connections.js'
import { refusals } from './refusals.js'
import { answerRequest, type GuardOptions, refuse, splitArguments } from './request-guard.js'
import { HalfOpenConnections, planPush, refuseAsPlanned } from './socket-faults.js'
import type { Authenticator } from './tokens.js'

export interface SocketAppOptions {
  readonly httpServer: HttpServer
  readonly connections: OpenConnections
  readonly handler: ConversationHandler
  readonly authenticator: Authenticator
  /** Origins of pages that may connect; none: those of this machine. */
  readonly origins: readonly string[]
  readonly maxMessageBytes: number
  readonly pingInterval: number
  readonly pingTimeout: number
  readonly faults: FaultPlan
  /** Whether clients may plan faults, by `demo:faults`. */
  readonly acceptFaults: boolean
  /** What the fault `restart` does; without it that fault is refused. */
  readonly onRestart?: (() => void) | undefined
  readonly clock: Clock
  readonly createId: () => string
  readonly logger: Logger
}

// A packet holds more than the input; and the transport must not break on what the handler refuses with a reason.
const roomForInput = (bytes: number) => Math.max(1_000_000, bytes * 4)

const flushMs = 1000

/** Protocol v1 over Socket.IO: who may connect, who hears what, and one door for all that clients send. */
export class SocketApp {
  readonly io: Server
  readonly #options: SocketAppOptions
  readonly #guard: GuardOptions
  readonly #halfOpen = new HalfOpenConnections()
  #closing = false

  constructor(options: SocketAppOptions) {
    const { httpServer, origins, maxMessageBytes, pingInterval, pingTimeout } = options
    this.#options = options
    this.#guard = options
    this.io = new Server(httpServer, {
      serveClient: false,
      pingInterval,
      pingTimeout,
      maxHttpBufferSize: roomForInput(maxMessageBytes),
      cors: { origin: (origin, allow) => allow(null, isAllowedOrigin(origin, origins)) },
      allowRequest: (request, allow) =>
        allow(null, !this.#closing && isAllowedOrigin(request.headers.origin, origins)),
    })
    this.io.use((socket, next) => this.#admit(socket, next))
    this.io.on('connection', (socket) => this.#serve(socket))
  }

  /** Pushes to everyone who has joined the conversation. */
  push(key: ConversationKey, payload: ChatEvent | readonly ChatEvent[]) {
    const { faults } = this.#options
    const { user } = splitConversationKey(key)
    const listeners = this.#joined(key)
    if (listeners.length === 0) return
    if (faults.take(user, 'half_open')) for (const socket of listeners) this.#halfOpen.add(socket)
    const events: readonly ChatEvent[] = 'type' in payload ? [payload] : payload
    const planned = planPush(faults, user, events)
    const [first] = planned.events
    if (first) this.io.to(key).emit('chat:event', planned.events.length === 1 ? first : planned.events)
    // The transport goes, as when a network does; `disconnect()` would tell the client that it was sent away.
    if (planned.disconnects) for (const socket of listeners) socket.conn.close()
  }

  /** Sends away whoever is connected with this token. */
  disconnectToken(token: string) {
    for (const socket of this.io.sockets.sockets.values()) {
      if (callerOf(socket).token === token) socket.disconnect(true)
    }
  }

  /** Tells clients of a planned shutdown, and takes no new connections. */
  announceClosing(reconnectSpreadMs: number) {
    this.#closing = true
    this.io.emit('chat:closing', { reconnect_spread_ms: reconnectSpreadMs })
  }

  /** Closes every connection, once what was pushed has left, and the server. */
  async close() {
    this.#halfOpen.releaseAll()
    const connections = [...this.io.sockets.sockets.values()].map(({ conn }) => conn)
    const closed = connections.map(
      (connection) => new Promise((resolve) => connection.once('close', resolve)),
    )
    for (const connection of connections) connection.close()
    const timer = new AbortController()
    // Whoever does not read does not hold up the end.
    const atMost = delay(flushMs, { clock: this.#options.clock, signal: timer.signal })
    await Promise.race([Promise.all(closed), atMost])
    timer.abort()
    await this.#end()
  }

  /** Closes every connection and the server at once; what was pushed and has not left is lost. */
  async crash() {
    this.#halfOpen.releaseAll()
    await this.#end()
  }

  async #end() {
    const ended = this.io.close()
    this.#options.connections.cut()
    await ended
  }

  #joined(key: ConversationKey): Socket[] {
    const { adapter, sockets } = this.io.sockets
    return [...(adapter.rooms.get(key) ?? [])].flatMap((id) => sockets.get(id) ?? [])
  }

  #admit(socket: Socket, next: (error?: Error) => void) {
    try {
      setCaller(socket, admit(socket.handshake.auth, this.#options.authenticator))
      next()
    } catch (error) {
      // `next` sends the error's message to the client as it is, so it must be one of ours.
      const data = refuse(error, 'handshake', this.#guard)
      next(Object.assign(new Error('unable to connect; the handshake is refused'), { data }))
    }
  }

  #serve(socket: Socket) {
    const { user } = callerOf(socket)
    const routes = this.#routes(socket, user)
    // Nothing is passed on: an event that a client calls `error` would otherwise end the process.
    socket.use(([event, ...args]) => {
      this.#answer(socket, user, String(event), args, routes).catch(() => socket.conn.close())
    })
  }

  async #answer(socket: Socket, user: string, event: string, args: unknown[], routes: Routes) {
    const { faults } = this.#options
    const isChat = event.startsWith('chat:')
    if (isChat && faults.take(user, 'half_open')) this.#halfOpen.add(socket)
    if (this.#halfOpen.has(socket) || faults.takeForEvent(user, 'lost_request', event)) return
    const { payload, acknowledge } = splitArguments(args)
    const handle = routes.get(event)
    const guarded =
      handle &&
      ((given: unknown) => {
        if (isChat) refuseAsPlanned(faults, user, event)
        return handle(given)
      })
    const answer = await answerRequest(payload, handle ? event : 'unknown event', guarded, this.#guard)
    if (!faults.takeForEvent(user, 'lost_ack', event)) acknowledge(answer)
  }

  #routes(socket: Socket, user: string): Routes {
    const { handler, acceptFaults, faults, onRestart } = this.#options
    const routes = new Map(chatRoutes(socket, user, handler))
    if (!acceptFaults) return routes
    const [event, handle] = route('demo:faults', FaultSchema, (fault) => {
      if (fault.kind !== 'restart') faults.add(user, fault)
      else if (onRestart) onRestart()
      else throw refusals.invalidMessage('this server can not restart itself', 'kind')
      return { ok: true }
    })
    return routes.set(event, handle)
  }
}
