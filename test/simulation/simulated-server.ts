import { ConversationHandler } from '../../examples/mock-server/conversation-handler.js'
import type { ConversationKey } from '../../examples/mock-server/conversation-key.js'
import type { Publish } from '../../examples/mock-server/conversation-store.js'
import { toErrorBody } from '../../examples/mock-server/error-event.js'
import { translateError } from '../../src/errors/translate-error.js'
import type { Clock, Random } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'
import { WordResponder } from '../support/word-responder.js'
import type { Climate } from './climate.js'
import type { Database, DatabaseSession } from './database.js'
import { Machine, ProcessClock } from './process-clock.js'
import { failureOf, refusalForGood, refusalOf } from './refusals.js'
import type { Terms } from './schedule.js'

export const user = 'ann'

export interface SimulatedServerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly climate: Climate
  readonly database: Database
  readonly terms: Terms
  readonly keys: ReadonlyMap<string, ConversationKey>
  readonly publish: Publish
}

interface Process {
  readonly handler: ConversationHandler
  readonly clock: ProcessClock
  readonly session: DatabaseSession
  readonly responder: WordResponder
}

type Payload = { readonly conversation_id: string; readonly after?: { epoch: string; offset: number } | null }

/** The example server's real handler, in a process that can die, on a database that outlives it. */
export class SimulatedServer {
  readonly #options: SimulatedServerOptions
  #process: Process | null = null
  #runs = 0
  #ids = 0
  /** Tokens of a lower number have expired. */
  #oldestToken = 0
  /** By conversation, the offset up to which the log's events can't be had any more. */
  readonly #trimmed = new Map<string, number>()

  constructor(options: SimulatedServerOptions) {
    this.#options = options
  }

  /** The process that runs; null while none does. */
  get process(): object | null {
    return this.#process
  }

  async start(): Promise<void> {
    const { clock, random, database, climate, terms, publish } = this.#options
    const processClock = new ProcessClock(clock, new Machine(clock))
    const session = database.open()
    const responder = new WordResponder({
      clock: processClock,
      words: terms.words,
      pace: 15,
      tool: () => terms.tools && random() < 0.6 && (random() < 0.5 ? 'approval' : 'input'),
      fail: () => {
        const strikes = climate.strikes('responder fails')
        return strikes && failureOf(strikes)
      },
    })
    responder.runs = this.#runs
    const handler = new ConversationHandler({
      log: session,
      responder,
      clock: processClock,
      random,
      createId: () => `made-${++this.#ids}`,
      retry: { maxAttempts: terms.serverTries, baseDelay: 200 },
      publish: (key, events) => this.#process?.handler === handler && publish(key, events),
    })
    try {
      await handler.start()
    } catch (error) {
      session.kill(random)
      processClock.kill()
      throw error
    }
    this.#process = { handler, clock: processClock, session, responder }
  }

  /** Nobody is told. */
  crash(random: Random): void {
    const { clock, session, responder } = this.#process ?? {}
    this.#process = null
    this.#runs = responder?.runs ?? this.#runs
    session?.kill(random)
    clock?.kill()
  }

  /** Ends as a planned restart does. */
  async close(drainMs: number): Promise<void> {
    await this.#process?.handler.close({ drainMs })
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

  /** The answer to a request; never settles where the process dies before. */
  async answer(event: string, payload: Payload): Promise<unknown> {
    const { climate, clock } = this.#options
    const process = this.#process
    if (!process) return new Promise<never>(() => {})
    const slow = climate.strikes('slow handler')
    if (slow) await delay(Math.floor(slow() ** 3 * 14_000), { clock: process.clock })
    try {
      return await this.#route(process.handler, event, this.#shaped(event, payload) as never)
    } catch (error) {
      const timestamp = new Date(clock.now()).toISOString()
      return { ok: false, error: { ...toErrorBody(translateError(error)), timestamp } }
    }
  }

  async #route(handler: ConversationHandler, event: string, request: never): Promise<unknown> {
    if (event === 'chat:join') return handler.join(user, request)
    if (event === 'chat:send') return handler.send(user, request)
    if (event === 'chat:retry') return handler.retry(user, request)
    if (event === 'chat:stop') return handler.stop(user, request)
    if (event === 'chat:history') return handler.history(user, request)
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
