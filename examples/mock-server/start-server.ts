import { createServer } from 'node:http'
import {
  ChatServer,
  type ChatServerOptions,
  type ChatStore,
  type LimitOptions,
  memoryStore,
  type Respond,
  type RespondRequest,
} from 'reconvene/server'
import { Server, type Socket } from 'socket.io'
import * as v from 'valibot'
import { systemClock } from '../../src/shared/clock.js'
import { silentLogger } from '../../src/shared/logger.js'
import { type Fault, FaultPlan, FaultSchema } from './fault-plan.js'
import { faultyResponder } from './faulty-responder.js'
import { listen } from './listen.js'
import { OpenConnections } from './open-connections.js'
import { ScriptedResponder } from './scripted-responder.js'
import { HalfOpenConnections, interceptWith } from './socket-faults.js'
import { DemoTokens } from './tokens.js'

type ServerSettings = Omit<ChatServerOptions, 'respond' | 'store' | 'authenticate' | 'intercept' | 'origins'>

export interface ServerOptions extends ServerSettings {
  /** 0: one that is free. @default 0 */
  readonly port?: number
  /** @default '127.0.0.1' */
  readonly host?: string
  /**
   * A function is called once the port is had: a second server started by mistake must not touch the store.
   * @default in memory
   */
  readonly store?: ChatStore | (() => ChatStore)
  /** @default scripted answers */
  readonly responder?: { respond(request: RespondRequest): ReturnType<Respond> }
  /** Milliseconds between words of the scripted answers. @default 30 */
  readonly paceMs?: number
  /** @default those of this machine */
  readonly origins?: readonly string[]
  /** Milliseconds between heartbeats. @default 25000 */
  readonly pingInterval?: number
  /** Milliseconds to wait for the answer to one. @default 20000 */
  readonly pingTimeout?: number
  /** Whether clients may plan faults. @default false */
  readonly acceptFaults?: boolean
  readonly onRestart?: () => void
}

export interface RunningServer {
  readonly url: string
  readonly port: number
  readonly chat: ChatServer
  readonly store: ChatStore
  readonly faults: FaultPlan
  /** Sends away whoever is connected with the token, and refuses it from now on. */
  revoke(token: string): void
  /** Announces, lets running tasks finish within `drainMs` (5 s), then closes every connection. */
  close(options?: { drainMs?: number }): Promise<void>
  /** Ends at once without a word, as a crash would; the store keeps its content. */
  crash(): Promise<void>
}

// Without a token everyone is the same guest, and a demonstration of faults asks often.
const demoLimits: LimitOptions = {
  requestsPerSecond: 1000,
  requestBurst: 2000,
  sendsPerMinute: 100_000,
  connectionsPerUser: 10_000,
  runsPerUser: 1000,
}

/** @throws NodeJS.ErrnoException if the port can't be had. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { port = 0, host = '127.0.0.1', pingInterval = 25_000, pingTimeout = 20_000, ...rest } = options
  const {
    store: given,
    responder = scripted(options),
    paceMs: _,
    acceptFaults,
    onRestart,
    ...settings
  } = rest
  const { origins, limits, clock = systemClock, logger = silentLogger } = settings
  const faults = new FaultPlan()
  const halfOpen = new HalfOpenConnections()
  const tokens = new DemoTokens()
  const httpServer = createServer((_request, response) => response.writeHead(404).end())
  const connections = new OpenConnections(httpServer)

  // The port first, then the store. Then what a former process left running is ended. Only then may anyone join.
  const address = await listen(httpServer, port, host)
  const open = async () => {
    const opened = (typeof given === 'function' ? given() : given) ?? memoryStore({ clock, logger })
    const chat = new ChatServer({
      flushMs: 0,
      ...settings,
      store: opened,
      limits: { ...demoLimits, ...limits },
      respond: faultyResponder((request) => responder.respond(request), faults, clock),
      authenticate: ({ token }) => ({ id: tokens.userOf(token) }),
      intercept: interceptWith(faults, halfOpen),
    })
    const io = new Server(httpServer, {
      serveClient: false,
      pingInterval,
      pingTimeout,
      // Pages of other origins may ask; the chat server says which of them come in.
      cors: { origin: origins ? [...origins] : true },
      // The transport must not break on what is refused with a reason.
      maxHttpBufferSize: Math.max(1_000_000, (limits?.messageBytes ?? 0) * 4),
    })
    await chat.attach(io)
    return { io, chat, store: opened }
  }
  const { io, chat, store } = await open().catch((error: unknown) => {
    httpServer.close()
    connections.cut()
    throw error
  })
  if (acceptFaults) takeFaults(io, tokens, faults, onRestart)

  const end = async () => {
    halfOpen.releaseAll()
    const ended = io.close()
    connections.cut()
    await ended
  }
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${shownHost}:${address.port}`,
    port: address.port,
    chat,
    store,
    faults,
    revoke: (token) => {
      tokens.revoke(token)
      for (const socket of io.sockets.sockets.values())
        if (socket.handshake.auth.token === token) socket.disconnect(true)
    },
    close: async ({ drainMs = 5000 } = {}) => {
      try {
        await chat.close({ drainMs })
      } finally {
        // Also if the store is out of reach.
        await end()
      }
    },
    crash: async () => {
      chat.abandon()
      await end()
    },
  }
}

/** Pages plan what goes wrong next for their own user. */
function takeFaults(io: Server, tokens: DemoTokens, faults: FaultPlan, onRestart?: () => void): void {
  io.on('connection', (socket: Socket) => {
    socket.on('demo:faults', (fault: unknown, acknowledge: unknown) => {
      const answer = (value: object) => typeof acknowledge === 'function' && acknowledge(value)
      const parsed = v.safeParse(FaultSchema, fault)
      if (!parsed.success) return answer(refusedField(v.getDotPath(parsed.issues[0]) ?? 'payload'))
      if (parsed.output.kind === 'restart' && !onRestart) return answer(refusedField('kind'))
      plan(parsed.output)
      return answer({ ok: true })
    })
    const plan = (fault: Fault) =>
      fault.kind === 'restart' ? onRestart?.() : faults.add(tokens.userOf(socket.handshake.auth.token), fault)
  })
}

const refusedField = (field: string) => ({
  ok: false,
  error: { code: 'invalid_message', fields: [field] },
})

const scripted = ({ paceMs, createId, clock }: ServerOptions) =>
  new ScriptedResponder({
    ...(clock && { clock }),
    ...(paceMs !== undefined && { paceMs }),
    ...(createId && { createId }),
  })
