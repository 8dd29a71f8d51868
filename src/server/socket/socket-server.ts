import type { Namespace, Socket } from 'socket.io'
import type { Author, ChatEvent } from '../../protocol/events.js'
import { boundedLogger } from '../../shared/bounded-logger.js'
import type { TimerId } from '../../shared/clock.js'
import { delay } from '../../shared/delay.js'
import type { ChatCore } from '../engine/chat-core.js'
import type { NodeMessage } from '../engine/node-messages.js'
import { failureFields } from '../failure-fields.js'
import type { Limits } from '../limits.js'
import { refusals } from '../refusals.js'
import type { ChatUser } from '../respond.js'
import type { ServerEnv } from '../server-env.js'
import { type ConversationKey, splitConversationKey } from '../store/conversation-key.js'
import { type Access, keyFor } from './access.js'
import { decided } from './app-decision.js'
import type { Caller } from './authenticate.js'
import { Connection } from './connection.js'
import type { Gate } from './gate.js'
import { isOurs } from './handshake.js'
import type { Interceptor } from './interceptor.js'
import { guardPackets } from './packet-guard.js'
import { cut } from './pending-bytes.js'
import { PushGatherer } from './push-gatherer.js'
import { SendRates } from './rates.js'
import { ReadTurns } from './read-turns.js'
import { type GuardOptions, refuse } from './request-guard.js'
import { roomOf } from './rooms.js'
import { chatRoutes, payloadBounds } from './routes.js'
import { UnnamedConnections } from './unnamed-connections.js'

export interface SocketServerOptions {
  readonly env: ServerEnv
  readonly core: ChatCore
  readonly gate: Gate
  readonly access: Access
  readonly allowFile: (url: string, user: ChatUser) => boolean | Promise<boolean>
  readonly authenticate: unknown
  readonly limits: Limits
  readonly intercept: Interceptor
}

const watchMs = 1000
/** Handshakes of one connection that may be refused. */
const maxRefusals = 10
/** Milliseconds that what was pushed has to leave before the end. */
const flushMs = 1000

/** The server of each namespace. Socket.IO cannot take a middleware off again, so that of a server that was replaced lets everyone pass to the next. */
const serving = new WeakMap<Namespace, SocketServer>()

/** Protocol v1 over Socket.IO: who may connect, who hears what, and one door for all that clients send. */
export class SocketServer {
  readonly #options: SocketServerOptions
  readonly #namespaces = new Set<Namespace>()
  readonly #names = new Set<string>()
  readonly #connections = new Map<Socket, Connection>()
  /** For each handshake that is under way, the users who are sent away meanwhile: the app may have let them in just before. */
  readonly #handshaking = new Set<Set<string>>()
  /** The namespaces in which a connection is served. */
  readonly #served = new WeakMap<Socket['conn'], Set<Namespace>>()
  readonly #foreign = new WeakSet<Socket['conn']>()
  readonly #refusals = new WeakMap<Socket['conn'], number>()
  readonly #guarded = new WeakSet<object>()
  readonly #sendRates: SendRates
  readonly #readTurns = new ReadTurns()
  readonly #handshakes: GuardOptions
  readonly #unnamed: UnnamedConnections
  readonly #pushes = new PushGatherer(this.#namespaces, (error) => this.#pushFailed(error))
  #watch: TimerId | null = null
  #isClosing = false

  constructor(options: SocketServerOptions) {
    this.#options = options
    // A refused client may knock again at once, and is no connection with log lines of its own.
    this.#handshakes = { ...options.env, logger: boundedLogger(options.env.logger, options.env.clock) }
    this.#unnamed = new UnnamedConnections(options.limits.unnamedConnections, this.#handshakes.logger)
    this.#sendRates = new SendRates(options.limits)
  }

  get size(): number {
    return this.#connections.size
  }

  /** @throws TypeError if another server serves the namespace. */
  attach(namespace: Namespace): void {
    const other = serving.get(namespace)
    if (other && other !== this && other.#watch !== null)
      throw new TypeError('unable to attach; another ChatServer serves this namespace, and is not closed')
    serving.set(namespace, this)
    this.#watch ??= this.#watchLater()
    if (this.#namespaces.has(namespace)) return
    this.#namespaces.add(namespace)
    this.#names.add(namespace.name)
    this.#guardEngine(namespace)
    this.#keepFromRecovery(namespace)
    const callers = new WeakMap<Socket, Caller>()
    namespace.use((socket, next) => {
      if (serving.get(namespace) !== this) return next()
      // The app may have given its server an HTTP server only now.
      this.#guardEngine(namespace)
      if (!isOurs(socket)) {
        this.#foreign.add(socket.conn)
        next()
        return
      }
      // While the app authenticates, the gate bounds how many wait.
      this.#unnamed.remove(socket.conn)
      this.#admit(socket).then(
        (caller) => {
          callers.set(socket, caller)
          next()
        },
        (error: unknown) => {
          // `next` sends the error's message to the client as it is, so it must be one of ours.
          const data = refuse(error, 'handshake', this.#handshakes)
          next(Object.assign(new Error('unable to connect; the handshake is refused'), { data }))
          this.#countRefusal(socket.conn)
          this.#unnamed.add(socket.conn)
        },
      )
    })
    namespace.on('connection', (socket) => {
      const caller = callers.get(socket)
      if (caller && !this.#isServedOnce(socket)) {
        this.#handshakes.logger.warn('connection cut', { reason: 'it connects to a namespace twice' })
        cut(socket.conn)
      } else if (caller) this.#serve(socket, caller)
      // It came in past the middleware: nobody has authenticated it, and nobody would answer it.
      else if (isOurs(socket) && serving.get(namespace) === this) socket.disconnect(true)
    })
  }

  /** To this node's connections that have the conversation open. */
  push(key: ConversationKey, events: readonly ChatEvent[]): void {
    const left = this.#intercepted(key, events)
    if (left.length > 0) this.#pushes.add(key, left)
  }

  broadcast({ key, name, value, from, sender }: Extract<NodeMessage, { type: 'broadcast' }>): void {
    const { conversationId: conversation_id } = splitConversationKey(key)
    const push = { conversation_id, name, value, ...(from && { from }) }
    this.#pushes.flushIfAbout(key)
    for (const namespace of this.#namespaces) {
      const others = namespace.local.to(roomOf(key))
      const hearers = sender === undefined ? others : others.except(sender)
      this.#try(() => hearers.emit('chat:broadcast', push))
    }
  }

  /** Sends away whoever is connected as this user. */
  disconnect(userId: string): void {
    for (const sentAway of this.#handshaking) sentAway.add(userId)
    for (const connection of [...this.#connections.values()])
      if (connection.userId === userId) connection.socket.disconnect(true)
  }

  /** Takes a scope's conversations from a user. Its connections break, so that the client asks again, and is told. */
  revoke(scope: string, userId: string): void {
    for (const connection of [...this.#connections.values()]) {
      if (connection.userId !== userId) continue
      const lost = [...connection.rooms].filter((key) => splitConversationKey(key).scope === scope)
      // A join that the app has allowed already may be about to enter.
      if (lost.length === 0 && !connection.isAsking) continue
      for (const key of lost) connection.leave(key).catch(() => {})
      connection.close()
    }
  }

  /** Breaks the connections that have the conversation open, so that their clients come back and join again. */
  breakOff(key: ConversationKey): void {
    for (const connection of [...this.#connections.values()])
      if (connection.rooms.has(key)) connection.close()
  }

  /** Tells clients of a planned end, and takes no new connections. */
  announceClosing(reconnectSpreadMs: number): void {
    this.#isClosing = true
    for (const { socket } of this.#connections.values())
      this.#try(() => socket.emit('chat:closing', { reconnect_spread_ms: reconnectSpreadMs }))
  }

  /** Looks after its connections no more, and leaves its namespaces to another server. */
  rest(): void {
    if (this.#watch !== null) this.#options.env.clock.clearTimeout(this.#watch)
    this.#watch = null
  }

  /** Closes this protocol's connections, once what was pushed has left. The Socket.IO server is the app's to close. */
  async close(): Promise<void> {
    this.#isClosing = true
    const { clock } = this.#options.env
    this.rest()
    this.#pushes.flush()
    const conns = new Set([...this.#connections.keys()].map(({ conn }) => conn))
    const closed = [...conns].map((conn) => new Promise((resolve) => conn.once('close', resolve)))
    for (const conn of conns) conn.close()
    const timer = new AbortController()
    // A connection that does not read does not hold up the end.
    await Promise.race([Promise.all(closed), delay(flushMs, { clock, signal: timer.signal }).catch(() => {})])
    timer.abort()
    for (const conn of conns) cut(conn)
  }

  /** A connection may try another token. A connection that knocks on and on would keep `authenticate` busy. */
  #countRefusal(conn: Socket['conn']): void {
    const count = (this.#refusals.get(conn) ?? 0) + 1
    this.#refusals.set(conn, count)
    if (count >= maxRefusals) cut(conn)
  }

  async #admit(socket: Socket): Promise<Caller> {
    this.#refuseIfClosing()
    const sentAway = new Set<string>()
    this.#handshaking.add(sentAway)
    try {
      const caller = await this.#options.gate.admit(socket)
      // The close may have begun, and even ended, while the app authenticated: nobody would end the connection.
      this.#refuseIfClosing()
      if (sentAway.has(caller.user.id)) throw refusals.overloaded('the user was sent away meanwhile', 0)
      return caller
    } finally {
      this.#handshaking.delete(sentAway)
    }
  }

  #refuseIfClosing(): void {
    if (this.#isClosing) throw refusals.overloaded('the server is closing', 1000)
  }

  /**
   * Socket.IO ignores a second handshake only once the first one has come through. Handshakes that are under way together would
   * give one connection as many times its limits.
   */
  #isServedOnce(socket: Socket): boolean {
    const { conn, nsp } = socket
    const namespaces = this.#served.get(conn) ?? new Set()
    if (namespaces.has(nsp)) return false
    this.#served.set(conn, namespaces.add(nsp))
    socket.once('disconnect', () => namespaces.delete(nsp))
    return true
  }

  #serve(socket: Socket, caller: Caller): void {
    const { env, core, access, allowFile, authenticate, limits, intercept } = this.#options
    const { user } = caller
    const connection = new Connection({
      env,
      socket,
      caller,
      limits,
      intercept,
      sendRates: this.#sendRates,
      readTurns: this.#readTurns,
      hold: (key) => core.hold(key),
      release: (key) => core.release(key),
    })
    this.#connections.set(socket, connection)
    socket.once('disconnect', () => this.#connections.delete(socket))
    const author: Author = { id: user.id, ...(user.name !== undefined && { name: user.name }) }
    connection.serve(
      chatRoutes({
        core,
        user,
        // A guest has no name.
        author: authenticate ? author : undefined,
        sender: socket.id,
        keyFor: (conversationId, action) => keyFor(access, { user, conversationId, action }, env.clock),
        checkFile: async (url) => {
          if (!(await decided('files.allow', () => allowFile(url, user), env.clock)))
            throw refusals.invalidMessage('a file of this URL may not be sent')
        },
        enter: (key) => connection.enter(key),
        leave: (key) => connection.leave(key),
      }),
    )
    socket.use(([event, ...args], next) => {
      if (String(event).startsWith('chat:')) connection.receive(String(event), args)
      // The app's own.
      else if (socket.listenerCount(event) > 0) next()
      else {
        connection.ignore(String(event))
        // The app may listen to any event. One called `error` without a listener would end the process.
        if (event !== 'error') next()
      }
    })
  }

  /** A listener of the app's own, or its adapter, may throw as something leaves. The others must hear it all the same. */
  #try(push: () => void): void {
    try {
      push()
    } catch (error) {
      this.#pushFailed(error)
    }
  }

  #pushFailed(error: unknown): void {
    this.#options.env.rawErrorSink?.(error)
    this.#handshakes.logger.error('a push has failed', failureFields(error))
  }

  #intercepted(key: ConversationKey, events: readonly ChatEvent[]): readonly ChatEvent[] {
    const { intercept } = this.#options
    if (!intercept.push) return events
    const room = roomOf(key)
    const sockets = [...this.#namespaces].flatMap(({ adapter, sockets }) =>
      [...(adapter.rooms.get(room) ?? [])].flatMap((id) => sockets.get(id) ?? []),
    )
    if (sockets.length === 0) return events
    return intercept.push({ ...splitConversationKey(key), events, sockets })
  }

  /** Before a connection has said whose it is, it may neither stall everyone nor stay in any number. */
  #guardEngine({ server }: Namespace): void {
    const { engine } = server
    if (!engine || this.#guarded.has(engine)) return
    this.#guarded.add(engine)
    const { messageBytes } = this.#options.limits
    // A connection may belong to a namespace of the app's own.
    const watch = (namespace: Namespace) => namespace.on('connection', ({ conn }) => this.#unnamed.name(conn))
    for (const namespace of server._nsps.values()) watch(namespace)
    server.on('new_namespace', watch)
    engine.on('connection', (conn: Socket['conn']) => {
      this.#unnamed.begin(conn)
      guardPackets(conn, {
        isOurs: () => !this.#foreign.has(conn),
        namespaces: () => this.#names,
        maxValues: payloadBounds.values,
        maxAttachment: messageBytes,
        cut: () => cut(conn),
      })
    })
  }

  /**
   * Socket.IO's `connectionStateRecovery` lets a connection back in past `authenticate`, and back into its rooms. This
   * protocol has a recovery of its own, so only the app's connections are kept for that.
   */
  #keepFromRecovery({ adapter, sockets }: Namespace): void {
    const persist = adapter.persistSession.bind(adapter)
    adapter.persistSession = (session) => {
      const socket = sockets.get(session.sid)
      if (!socket || !this.#connections.has(socket)) persist(session)
    }
  }

  #watchLater(): TimerId {
    return this.#options.env.clock.setTimeout(() => {
      for (const connection of [...this.#connections.values()]) connection.look()
      this.#watch = this.#watchLater()
    }, watchMs)
  }
}
