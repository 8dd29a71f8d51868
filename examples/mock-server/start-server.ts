import { createServer } from 'node:http'
import { nanoid } from 'nanoid'
import { type Clock, systemClock } from '../../src/shared/clock.js'
import { type Logger, silentLogger } from '../../src/shared/logger.js'
import { ConversationHandler } from './conversation-handler.js'
import { type ConversationLog, MemoryLog } from './conversation-log.js'
import { EventPusher } from './event-pusher.js'
import { FaultPlan } from './fault-plan.js'
import { faultyResponder } from './faulty-responder.js'
import type { ConversationHandlerOptions } from './handler-options.js'
import { listen } from './listen.js'
import { OpenConnections } from './open-connections.js'
import type { Responder } from './responder.js'
import { ScriptedResponder } from './scripted-responder.js'
import { SocketApp } from './socket-app.js'
import { DemoTokens } from './tokens.js'

type HandlerSettings = Partial<Omit<ConversationHandlerOptions, 'log' | 'publish' | 'logger'>>

export interface ServerOptions extends HandlerSettings {
  /** 0: one that is free. @default 0 */
  readonly port?: number
  /** @default '127.0.0.1' */
  readonly host?: string
  /**
   * A function is called once the port is had: a second server started by mistake must not touch the log.
   * @default in memory
   */
  readonly log?: ConversationLog | (() => ConversationLog)
  /** @default scripted answers */
  readonly responder?: Responder
  /** Milliseconds between words of the scripted answers. @default 30 */
  readonly paceMs?: number
  /** Milliseconds that events are gathered before they are pushed. @default 0 */
  readonly coalesceMs?: number
  /** @default those of this machine */
  readonly origins?: readonly string[]
  /** Milliseconds between heartbeats. @default 25000 */
  readonly pingInterval?: number
  /** Milliseconds to wait for the answer to one. @default 20000 */
  readonly pingTimeout?: number
  /** Whether clients may plan faults. @default false */
  readonly acceptFaults?: boolean
  readonly onRestart?: () => void
  readonly logger?: Logger
}

export interface RunningServer {
  readonly url: string
  readonly port: number
  readonly handler: ConversationHandler
  readonly faults: FaultPlan
  /** Sends away whoever is connected with the token, and refuses it from now on. */
  revoke(token: string): void
  /** Announces, lets running tasks finish within `drainMs` (5 s), then closes every connection. */
  close(options?: { drainMs?: number }): Promise<void>
  /** Ends at once and tells nobody, as a crash would; what is in the log stays there. */
  crash(): Promise<void>
}

/** @throws NodeJS.ErrnoException where the port can not be had. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const {
    port = 0,
    host = '127.0.0.1',
    clock = systemClock,
    logger = silentLogger,
    createId = nanoid,
  } = options
  const { coalesceMs = 0, maxMessageBytes = 65_536, reconnectSpreadMs = 0 } = options
  const faults = new FaultPlan()
  const tokens = new DemoTokens()
  const httpServer = createServer((_request, response) => response.writeHead(404).end())
  const connections = new OpenConnections(httpServer)

  let app: SocketApp | undefined
  const pusher = new EventPusher({ coalesceMs, clock, push: (key, payload) => app?.push(key, payload) })

  // The port first, then the log. Then what a former process left running is ended. Only then may anyone join.
  const address = await listen(httpServer, port, host)
  const open = async () => {
    const { log = new MemoryLog() } = options
    const handler = new ConversationHandler({
      ...options,
      log: typeof log === 'function' ? log() : log,
      responder: faultyResponder(options.responder ?? scripted(options, clock), faults, clock),
      publish: (key, events) => pusher.publish(key, events),
    })
    await handler.start()
    return handler
  }
  const handler = await open().catch((error: unknown) => {
    httpServer.close()
    connections.cut()
    throw error
  })
  const socketApp = new SocketApp({
    httpServer,
    connections,
    handler,
    faults,
    authenticator: tokens,
    origins: options.origins ?? [],
    maxMessageBytes,
    pingInterval: options.pingInterval ?? 25_000,
    pingTimeout: options.pingTimeout ?? 20_000,
    acceptFaults: options.acceptFaults ?? false,
    onRestart: options.onRestart,
    clock,
    createId,
    logger,
  })
  app = socketApp
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address

  return {
    url: `http://${shownHost}:${address.port}`,
    port: address.port,
    handler,
    faults,
    revoke: (token) => {
      tokens.revoke(token)
      socketApp.disconnectToken(token)
    },
    close: async ({ drainMs = 5000 } = {}) => {
      socketApp.announceClosing(reconnectSpreadMs)
      try {
        await handler.close({ drainMs })
      } finally {
        // Also where the log is out of reach.
        pusher.flush()
        await socketApp.close()
      }
    },
    crash: async () => {
      handler.abandon()
      await socketApp.crash()
    },
  }
}

const scripted = ({ paceMs, createId }: ServerOptions, clock: Clock) =>
  new ScriptedResponder({ clock, ...(paceMs !== undefined && { paceMs }), ...(createId && { createId }) })
