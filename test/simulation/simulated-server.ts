import { translateError } from '../../src/errors/translate-error.js'
import type { ChatEvent } from '../../src/protocol/events.js'
import { ChatCore } from '../../src/server/engine/chat-core.js'
import { toErrorBody } from '../../src/server/error-event.js'
import { resolveLimits } from '../../src/server/limits.js'
import type { ConversationKey } from '../../src/server/store/index.js'
import type { Clock, Random } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'
import { silentLogger } from '../../src/shared/logger.js'
import { WordResponder } from '../support/word-responder.js'
import type { Climate } from './climate.js'
import type { Database, DatabaseSession } from './database.js'
import { Machine, ProcessClock } from './process-clock.js'
import { failureOf, refusalForGood, refusalOf } from './refusals.js'
import type { Terms } from './schedule.js'

export const user = 'ann'

export type Publish = (node: Node, key: ConversationKey, events: readonly ChatEvent[]) => void

export interface SimulatedServerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly climate: Climate
  readonly database: Database
  readonly terms: Terms
  readonly keys: ReadonlyMap<string, ConversationKey>
  readonly publish: Publish
  /** The node's connections that have the conversation open break, so that their pages join the new log. */
  readonly breakOff: (node: Node, key: ConversationKey) => void
}

/** One process of the server. While its machine is paused nothing of it runs. */
export interface Node {
  readonly core: ChatCore
  readonly clock: ProcessClock
  readonly machine: Machine
  readonly session: DatabaseSession
  readonly responder: WordResponder
}

type Payload = { readonly conversation_id: string; readonly after?: { epoch: string; offset: number } | null }

const leaseMs = 3000

/** The real core, in processes that can pause and die, on a database that outlives them. */
export class SimulatedServer {
  readonly #options: SimulatedServerOptions
  readonly #nodes = new Set<Node>()
  #runs = 0
  #ids = 0
  /** Tokens of a lower number have expired. */
  #oldestToken = 0
  /** By conversation, the offset up to which the log's events can't be had any more. */
  readonly #trimmed = new Map<string, number>()

  constructor(options: SimulatedServerOptions) {
    this.#options = options
  }

  /** The processes that live. */
  get nodes(): readonly Node[] {
    return [...this.#nodes]
  }

  async start(): Promise<void> {
    const { clock, random, database, climate, terms, publish, breakOff, keys } = this.#options
    const machine = new Machine(clock)
    const processClock = new ProcessClock(clock, machine)
    const session = database.open(machine)
    const responder = new WordResponder({
      clock: processClock,
      words: terms.words,
      pace: 15,
      tool: () => terms.tools && random() < 0.6 && (random() < 0.5 ? 'approval' : 'input'),
      fail: () => {
        const strikes = climate.strikes('responder fails')
        return strikes && failureOf(strikes)
      },
      nextRun: () => ++this.#runs,
    })
    const core: ChatCore = new ChatCore({
      store: session,
      respond: (request) => responder.respond(request),
      env: {
        clock: processClock,
        random,
        createId: () => `made-${++this.#ids}`,
        logger: silentLogger,
      },
      retry: { maxAttempts: terms.serverTries, baseDelay: 200 },
      outlet: {
        onEvents: (key, events) => publish(node, key, events),
        onReplaced: (key) => breakOff(node, key),
        onMessage: () => {},
      },
      limits: resolveLimits(),
      silenceMs: 60_000,
      flushMs: terms.flushMs,
      leaseMs,
      retention: {
        events: terms.folds ? 4 : 1000,
        compactAfterMs: terms.folds ? 1500 : 3_600_000,
        idleMs: Number.POSITIVE_INFINITY,
      },
      reconnectSpreadMs: undefined,
    })
    const node: Node = { core, clock: processClock, machine, session, responder }
    try {
      await core.start()
    } catch (error) {
      session.kill(random)
      processClock.kill()
      throw error
    }
    for (const key of keys.values()) await core.hold(key)
    this.#nodes.add(node)
  }

  /** Nobody is told. */
  crash(node: Node, random: Random): void {
    if (!this.#nodes.delete(node)) return
    node.session.kill(random)
    node.clock.kill()
    node.core.abandon()
  }

  trim(): void {
    for (const { conversation, events } of this.#options.database.current)
      this.#trimmed.set(conversation, events.length)
  }

  /** The log that was trimmed is no more. */
  forgetTrim(): void {
    this.#trimmed.clear()
  }

  expireTokens(upTo: number): void {
    this.#oldestToken = Math.max(this.#oldestToken, upTo)
  }

  /** Why a handshake, or a request of a connection with this token, is refused; undefined lets it in. */
  admit(token: string, event: string): object | undefined {
    const { climate, clock } = this.#options
    if (Number(token.split(':')[1]) < this.#oldestToken)
      return refusalOf(clock, { code: 'token_expired', error_code: 'auth', retryable: false })
    const overload = climate.strikes('overload')
    if (overload)
      return refusalOf(clock, { code: 'overloaded', retry_after_ms: 200 + Math.floor(overload() * 4000) })
    const final =
      event === 'chat:send' || event === 'chat:retry' ? climate.strikes('refuse for good') : undefined
    return final && refusalOf(clock, refusalForGood(final))
  }

  /** The answer of a node to a request; never settles if the node dies before. */
  async answer(node: Node, event: string, payload: Payload): Promise<unknown> {
    const { climate, clock } = this.#options
    const slow = climate.strikes('slow handler')
    if (slow) await delay(Math.floor(slow() ** 3 * 14_000), { clock: node.clock })
    try {
      return await this.#route(node.core, event, payload, this.#shaped(event, payload) as never)
    } catch (error) {
      const timestamp = new Date(clock.now()).toISOString()
      return { ok: false, error: { ...toErrorBody(translateError(error)), timestamp } }
    }
  }

  async #route(
    core: ChatCore,
    event: string,
    { conversation_id }: Payload,
    request: never,
  ): Promise<unknown> {
    const key = this.#options.keys.get(conversation_id)
    if (!key) return { ok: true }
    if (event === 'chat:join') return core.join(key, request)
    if (event === 'chat:send') return core.send(key, { user: { id: user } }, request)
    if (event === 'chat:retry') return core.retry(key, {}, request)
    if (event === 'chat:stop') return core.stop(key, request)
    if (event === 'chat:history') return core.history(key, request)
    return { ok: true }
  }

  /** A server may hold pages of its own size, and answer with a snapshot where events are gone. */
  #shaped(event: string, payload: Payload): object {
    const { pageSize } = this.#options.terms
    if (event !== 'chat:join' && event !== 'chat:history') return payload
    const from = payload.after?.offset ?? 0
    const isGone = event === 'chat:join' && from < (this.#trimmed.get(payload.conversation_id) ?? 0)
    return { ...payload, limit: pageSize, ...(isGone && { after: null }) }
  }
}
