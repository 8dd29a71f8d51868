import type { Namespace, Server } from 'socket.io'
import { isId } from '../protocol/is.js'
import { checkFunction, checkObject, checkOption } from '../shared/check-option.js'
import { CLOSE_GRACE_MS, CloseDeadline } from './close-deadline.js'
import { ChatCore } from './engine/chat-core.js'
import type { NodeMessage } from './engine/node-messages.js'
import { type PostedMessage, postedMessage } from './posted-message.js'
import type { ChatUser, Respond, UserWithId } from './respond.js'
import { type ChatServerOptions, resolveServerOptions, type ServerSettings } from './server-options.js'
import { Gate } from './socket/gate.js'
import { SocketServer } from './socket/socket-server.js'
import { type ConversationKey, conversationKey } from './store/index.js'

export interface ConversationName {
  /** The owner of the conversation, as `access` returns it; by default the user's id. */
  readonly scope: string
  readonly conversationId: string
}

export interface PostRequest extends ConversationName {
  readonly message: PostedMessage
}

export interface AnswerRequest<User extends UserWithId = ChatUser> extends ConversationName {
  /** Names the answer, 1 to 128 characters: the same id is answered once, however often it is asked for. */
  readonly id: string
  /** As the option `respond`; `user` and `input` are null. Only this process can run it. */
  readonly respond: Respond<User>
}

export interface BroadcastRequest extends ConversationName {
  readonly name: string
  /** JSON of at most 4 kB. */
  readonly value: unknown
}

export interface ServerStats {
  /** Connections of this protocol to this node. */
  readonly connections: number
  /** Answers that run now on this node. */
  readonly runs: number
  /** Conversations whose next answer waits for a free place on this node. */
  readonly waiting: number
  /** Conversations that this node knows at the moment. */
  readonly conversations: number
  /** Characters of JSON that this node holds of them. */
  readonly cachedSize: number
}

/**
 * A chat server on Socket.IO that keeps the promises of the wire protocol: what it has accepted is answered once, whatever
 * happens to connections, and, on a store that several processes share, to processes.
 */
export class ChatServer<User extends UserWithId = ChatUser> {
  readonly #settings: ServerSettings
  readonly #core: ChatCore
  readonly #sockets: SocketServer
  #started: Promise<void> | null = null
  #closed: Promise<void> | null = null

  /** @throws TypeError, RangeError that name the option that is wrong. */
  constructor(options: ChatServerOptions<User>) {
    const settings = resolveServerOptions(options)
    const { env, store, limits, authenticate } = settings
    this.#settings = settings
    this.#core = new ChatCore({
      env,
      store,
      respond: settings.respond,
      limits,
      retry: settings.retry,
      retryBudget: settings.retryBudget,
      silenceMs: settings.silenceMs,
      flushMs: settings.flushMs,
      retention: settings.retention,
      leaseMs: settings.leaseMs,
      reconnectSpreadMs: settings.reconnectSpreadMs,
      outlet: {
        onEvents: (key, events) => this.#sockets.push(key, events),
        onReplaced: (key) => this.#sockets.breakOff(key),
        onMessage: (message) => this.#hear(message),
      },
    })
    this.#sockets = new SocketServer({
      env,
      core: this.#core,
      gate: new Gate({
        authenticate,
        clientAddress: settings.clientAddress,
        origins: settings.origins,
        limits,
        clock: env.clock,
      }),
      access: settings.access,
      allowFile: settings.allowFile,
      authenticate,
      limits,
      intercept: settings.intercept,
    })
  }

  /**
   * Serves the protocol on a Socket.IO server's main namespace, or on another one. Sockets whose handshake names no
   * protocol, and events that are not named `chat:...`, stay the app's own.
   *
   * Resolves once the server hears other nodes and goes on with what was left queued or running. Rejects with what the
   * store throws if it can't be opened.
   *
   * @throws TypeError if this server is closed, if another one that is not serves the namespace, or if the target is none.
   */
  async attach(target: Server | Namespace): Promise<void> {
    if (this.#closed) throw new TypeError('unable to attach; the server is closed')
    this.#sockets.attach(namespaceOf(target))
    this.#started ??= this.#core.start()
    try {
      await this.#started
    } catch (error) {
      this.#started = null
      this.#sockets.rest()
      throw error
    }
  }

  /**
   * The server speaks first: adds a message that belongs to no task.
   *
   * @throws TypeError, RangeError that name what is wrong; AppError `message_too_large` above `limits.joinBytes`.
   */
  async post({ scope, conversationId, message }: PostRequest): Promise<void> {
    const key = keyOf(scope, conversationId)
    const { limits } = this.#settings
    const { createId, clock } = this.#settings.env
    checkObject('message', message)
    const posting = { createId, now: clock.now(), maxBytes: limits.joinBytes }
    await this.#core.post(key, postedMessage(message, posting))
  }

  /**
   * The server answers without being asked: a greeting, the result of work in the background. Resolves once the task is
   * stored; it runs when it is its turn. If this process ends meanwhile, the answer ends as interrupted, and cannot be
   * retried.
   *
   * @throws TypeError, RangeError that name what is wrong; AppError `task_conflict` if a person's task has the id.
   */
  async answer({ scope, conversationId, id, respond }: AnswerRequest<User>): Promise<void> {
    const key = keyOf(scope, conversationId)
    checkId('id', id)
    checkFunction('respond', respond)
    await this.#core.answer(key, id, respond as unknown as Respond)
  }

  /** Tells everyone who has the conversation open, on every node. Not stored, so it may be lost. */
  broadcast({ scope, conversationId, name, value }: BroadcastRequest): void {
    this.#core.broadcast(conversationKey(scope, conversationId), name, value)
  }

  /** Sends a user away from every node, and stops the user's answers, also those that wait. `authenticate` must refuse who may not come back. */
  async disconnectUser(userId: string): Promise<void> {
    await this.#core.nodeMessages.publish({ type: 'disconnect', userId })
    // Every node stops what it runs, and what no node holds. This one looks after what a node that is gone still holds.
    void this.#core.stopUser(userId, { held: true })
  }

  /** Ends a user's membership in a scope on every node. `access` must refuse it from now on. */
  async revoke({ scope, user }: { readonly scope: string; readonly user: string }): Promise<void> {
    await this.#core.nodeMessages.publish({ type: 'revoke', scope, userId: user })
  }

  stats(): ServerStats {
    return { connections: this.#sockets.size, ...this.#core.stats }
  }

  /**
   * Tells clients, takes no new connections, lets running answers finish within `drainMs` milliseconds and ends the rest as
   * interrupted; then closes this protocol's connections and the store. The Socket.IO server is the app's to close, afterwards.
   *
   * Never rejects, and resolves within `drainMs` and six more seconds: five for the store, one for what was pushed. The log
   * names each wait that was given up by then, and each failure.
   *
   * @param options.drainMs default 5000
   */
  close({ drainMs = 5000 }: { readonly drainMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#end(drainMs)
    return this.#closed
  }

  /** Leaves everything as a crash would: neither the store nor a client is told. For tests of one. @internal */
  abandon(): void {
    this.#closed ??= Promise.resolve()
    this.#sockets.rest()
    this.#core.abandon()
  }

  async #end(drainMs: number): Promise<void> {
    const { store, env, reconnectSpreadMs = 0 } = this.#settings
    const deadline = new CloseDeadline(drainMs + CLOSE_GRACE_MS, env)
    this.#sockets.announceClosing(reconnectSpreadMs)
    await this.#core.close({ drainMs, deadline })
    await this.#sockets.close()
    await deadline.wait('closing the store', () => store.close())
    deadline.end()
  }

  #hear(message: NodeMessage): void {
    if (message.type === 'broadcast') this.#sockets.broadcast(message)
    else if (message.type === 'revoke') this.#sockets.revoke(message.scope, message.userId)
    else {
      this.#sockets.disconnect(message.userId)
      void this.#core.stopUser(message.userId)
    }
  }
}

/** @throws TypeError, RangeError: no client could name the conversation, or read what is of it. */
function keyOf(scope: string, conversationId: string): ConversationKey {
  checkId('scope', scope)
  checkId('conversationId', conversationId)
  return conversationKey(scope, conversationId)
}

const checkId = (option: string, value: unknown): void =>
  checkOption(option, value, 'string', 'a string of 1 to 128 characters', isId)

function namespaceOf(target: Server | Namespace): Namespace {
  if (hasOf(target)) return target.of('/')
  if (hasOf(target?.server)) return target
  throw new TypeError('unable to attach; expected a Socket.IO server or one of its namespaces')
}

const hasOf = (value: object | undefined): value is Server =>
  typeof (value as Partial<Server> | undefined)?.of === 'function'
