import type { Socket } from 'socket.io'
import { boundedLogger } from '../../shared/bounded-logger.js'
import type { TimerId } from '../../shared/clock.js'
import type { Limits } from '../limits.js'
import { refusals } from '../refusals.js'
import type { ServerEnv } from '../server-env.js'
import type { ConversationKey } from '../store/conversation-key.js'
import type { Caller } from './authenticate.js'
import type { Interceptor } from './interceptor.js'
import { cut, PendingBytes } from './pending-bytes.js'
import { RequestRates, type SendRates } from './rates.js'
import type { ReadTurns } from './read-turns.js'
import {
  type Acknowledge,
  answerRequest,
  type GuardOptions,
  refuse,
  splitArguments,
} from './request-guard.js'
import { roomOf } from './rooms.js'
import type { Routes } from './routes.js'

export interface ConnectionOptions {
  readonly env: ServerEnv
  readonly socket: Socket
  readonly caller: Caller
  readonly limits: Limits
  readonly sendRates: SendRates
  readonly readTurns: ReadTurns
  readonly intercept: Interceptor
  readonly hold: (key: ConversationKey) => Promise<void>
  readonly release: (key: ConversationKey) => void
}

interface Request {
  readonly event: string
  readonly payload: unknown
  readonly acknowledge: Acknowledge
  /** Milliseconds until it may go on; 0 if it may now. */
  readonly waitMs: number
}

/** Requests that run at once; more wait unread. */
const maxUnanswered = 10
/** A client that goes on like this after it was told to wait is no client of this protocol. */
const maxUnheeded = 100
/** Milliseconds after which a connection is looked at again whose reader is slow. */
const lookAgainMs = 20
/** Requests that must be answered in any case: a stop, and, if its task is known already, a send or a retry. */
const answeredAnyway: ReadonlySet<string> = new Set(['chat:stop', 'chat:send', 'chat:retry'])
/** Their answers may be large. */
const large: ReadonlySet<string> = new Set(['chat:join', 'chat:history'])

/** One person's connection: its requests, within its limits, and the conversations that it has open. */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #rates: RequestRates
  readonly #pending: PendingBytes
  readonly #guard: GuardOptions
  readonly #rooms = new Set<ConversationKey>()
  readonly #queue: Request[] = []
  #routes: Routes = new Map()
  #unanswered = 0
  #isReading = false
  #unheeded = 0
  #toldUntil = 0
  #isEnding = false
  #isOver = false
  #expiry: TimerId | null = null
  #lookAgain: TimerId | null = null

  constructor(options: ConnectionOptions) {
    this.#options = options
    const { socket, limits, caller, env } = options
    const { clock } = env
    this.#rates = new RequestRates(limits, clock.now())
    this.#guard = { ...env, logger: boundedLogger(env.logger, clock) }
    this.#pending = new PendingBytes(socket.conn, clock, () => {
      if (this.#pending.bytes > limits.pendingBytes) this.cut('too many bytes wait for it')
    })
    if (caller.expiresAt !== undefined)
      this.#expiry = clock.setTimeout(() => this.close(), caller.expiresAt - clock.now())
    socket.once('disconnect', () => this.#end())
  }

  get socket(): Socket {
    return this.#options.socket
  }

  get userId(): string {
    return this.#options.caller.user.id
  }

  get rooms(): ReadonlySet<ConversationKey> {
    return this.#rooms
  }

  /** Whether it waits for an answer, so that the app may have decided about it already. */
  get isAsking(): boolean {
    return this.#unanswered > 0
  }

  serve(routes: Routes): void {
    this.#routes = routes
  }

  /** Takes a request in. Requests beyond the bound wait. */
  receive(event: string, args: readonly unknown[]): void {
    if (this.#isOver) return
    const waitMs = this.#count(event)
    if (this.#unheeded > maxUnheeded || this.#queue.length > maxUnheeded) {
      this.cut('it goes on although it was told to wait')
      return
    }
    this.#queue.push({ event, ...splitArguments(args), waitMs })
    this.#advance()
  }

  /** An event that nobody listens to costs as much to read as a request, so a flood of them ends the connection too. */
  ignore(event: string): void {
    if (this.#isOver) return
    this.#count(event)
    if (this.#unheeded > maxUnheeded) this.cut('it floods the server with events that nobody listens to')
  }

  /** Ends the connection if nothing that waits for it has left for too long. */
  look(): void {
    if (this.#pending.stalledMs > this.#options.limits.pendingMs) this.cut('its reader makes no progress')
  }

  /** @returns whether the conversation was not open before. @throws AppError `overloaded` */
  async enter(key: ConversationKey): Promise<boolean> {
    const { socket, hold, release, limits } = this.#options
    // It ended while the app decided: nothing that is held from here on would be let go of.
    if (this.#isOver || this.#isEnding) throw refusals.overloaded('the connection is gone', 0)
    if (this.#rooms.has(key)) return false
    if (this.#rooms.size >= limits.roomsPerConnection)
      throw refusals.full('the connection has too many conversations open')
    this.#rooms.add(key)
    try {
      await hold(key)
    } catch (error) {
      this.#rooms.delete(key)
      throw error
    }
    // Gone or left meanwhile: what was let go of then was not held yet.
    if (!this.#rooms.has(key)) release(key)
    else await socket.join(roomOf(key))
    return true
  }

  async leave(key: ConversationKey): Promise<void> {
    if (!this.#rooms.delete(key)) return
    this.#options.release(key)
    await this.#options.socket.leave(roomOf(key))
  }

  /** Ends the connection once what waits for it has left; its client comes again. */
  close(): void {
    this.#isEnding = true
    this.#options.socket.conn.close()
  }

  /** Ends the connection with what waits for it. */
  cut(reason: string): void {
    if (this.#isOver) return
    this.#guard.logger.warn('connection cut', { reason })
    cut(this.#options.socket.conn)
  }

  /** @returns milliseconds until the request may go on. */
  #count(event: string): number {
    const now = this.#options.env.clock.now()
    const waitMs = this.#rates.take(event, now)
    this.#unheeded = now < this.#toldUntil ? this.#unheeded + 1 : 0
    if (waitMs > 0) this.#toldUntil = Math.max(this.#toldUntil, now + waitMs)
    return waitMs
  }

  #advance(): void {
    const { limits, env } = this.#options
    for (let next = this.#queue[0]; next && this.#unanswered < maxUnanswered; next = this.#queue[0]) {
      if (large.has(next.event)) {
        // One large answer after the other, and only while the last ones leave.
        if (this.#isReading) return
        if (this.#pending.bytes > limits.pendingBytes / 2) {
          this.#lookAgain ??= env.clock.setTimeout(() => {
            this.#lookAgain = null
            this.#advance()
          }, lookAgainMs)
          return
        }
      }
      this.#queue.shift()
      this.#answer(next).catch(() => cut(this.#options.socket.conn))
    }
  }

  async #answer(request: Request): Promise<void> {
    const isLarge = large.has(request.event)
    this.#unanswered += 1
    if (isLarge) this.#isReading = true
    const endTurn = isLarge ? await this.#options.readTurns.begin(this.userId) : undefined
    try {
      const answer = this.#isOver ? undefined : await this.#process(request)
      if (answer && !this.#isOver) request.acknowledge(answer)
    } finally {
      this.#unanswered -= 1
      if (isLarge) this.#isReading = false
      endTurn?.()
    }
    this.#advance()
  }

  async #process({ event, payload, waitMs }: Request): Promise<object | undefined> {
    const { intercept, socket } = this.#options
    const handle = this.#routes.get(event)
    const next = () => {
      const limited = waitMs > 0 && !answeredAnyway.has(event)
      const handled = limited ? () => Promise.reject(refusals.rateLimited(waitMs)) : handle
      const what = handle ? event : 'unknown event'
      return answerRequest(
        payload,
        what,
        handled && ((given) => handled(given, this.#admit(waitMs))),
        this.#guard,
      )
    }
    try {
      const { userId } = this
      return await (intercept.request?.({ socket, userId, event, payload }, next) ?? next())
    } catch (error) {
      return { ok: false, error: refuse(error, event, this.#guard) }
    }
  }

  /** Counts a new task against its connection and its user. */
  #admit(waitMs: number): () => void {
    return () => {
      const { sendRates, env } = this.#options
      const wait = waitMs || sendRates.take(this.userId, env.clock.now())
      if (wait > 0) throw refusals.rateLimited(wait)
    }
  }

  #end(): void {
    this.#isOver = true
    const { env, release } = this.#options
    if (this.#expiry !== null) env.clock.clearTimeout(this.#expiry)
    if (this.#lookAgain !== null) env.clock.clearTimeout(this.#lookAgain)
    this.#pending.end()
    for (const key of this.#rooms) release(key)
    this.#rooms.clear()
    this.#queue.length = 0
  }
}
