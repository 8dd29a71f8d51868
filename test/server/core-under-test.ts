import type {
  ChatEvent,
  HistoryRequest,
  JoinRequest,
  RetryRequest,
  SendInput,
  SendRequest,
  StopRequest,
} from '../../src/protocol/events.js'
import type { AnswerChunk } from '../../src/server/answer-chunk.js'
import { CLOSE_GRACE_MS, CloseDeadline } from '../../src/server/close-deadline.js'
import { ChatCore } from '../../src/server/engine/chat-core.js'
import type { CoreOptions } from '../../src/server/engine/core-options.js'
import { type LimitOptions, resolveLimits } from '../../src/server/limits.js'
import type { RespondRequest } from '../../src/server/respond.js'
import { type ConversationKey, conversationKey } from '../../src/server/store/index.js'
import { type MemoryStore, memoryStore } from '../../src/server/store/memory-store.js'
import { silentLogger } from '../../src/shared/logger.js'
import { type ProcessStore, processStore } from '../support/process-store.js'
import { settle, VirtualClock } from '../support/virtual-clock.js'

/** One try, which the test leads word by word. */
export class LedRun {
  readonly request: RespondRequest
  readonly #queue: (AnswerChunk | { fail: unknown } | 'end')[] = []
  #wake: () => void = () => {}

  constructor(request: RespondRequest) {
    this.request = request
  }

  async say(text: string) {
    await this.#put({ type: 'text', text })
  }

  async give(chunk: AnswerChunk) {
    await this.#put(chunk)
  }

  async end() {
    await this.#put('end')
  }

  async fail(error: unknown) {
    await this.#put({ fail: error })
  }

  async *chunks(): AsyncGenerator<AnswerChunk, void, void> {
    for (;;) {
      const next = this.#queue.shift()
      if (next === 'end') return
      if (next === undefined) await new Promise<void>((resolve) => (this.#wake = resolve))
      else if (typeof next === 'object' && 'fail' in next) throw next.fail
      else yield next
    }
  }

  async #put(item: AnswerChunk | { fail: unknown } | 'end') {
    this.#queue.push(item)
    this.#wake()
    await settle()
  }
}

/** A responder that says what the test says. */
export class LedResponder {
  readonly runs: LedRun[] = []

  readonly respond = (request: RespondRequest) => {
    const run = new LedRun(request)
    this.runs.push(run)
    return run.chunks()
  }

  get last(): LedRun {
    const run = this.runs.at(-1)
    if (!run) throw new Error('unable to lead; nothing runs')
    return run
  }
}

export interface CoreTestOptions extends Partial<Omit<CoreOptions, 'env' | 'limits' | 'store'>> {
  readonly env?: Partial<Omit<CoreOptions['env'], 'clock'>>
  readonly store?: MemoryStore
  readonly limits?: LimitOptions
  readonly clock?: VirtualClock
}

export type Answer<Method extends 'send' | 'retry' | 'stop' | 'join'> = ReturnType<ChatCore[Method]>

export interface UnderTest {
  readonly core: ChatCore
  readonly responder: LedResponder
  readonly clock: VirtualClock
  readonly store: MemoryStore
  /** The store as this process has it. */
  readonly process: ProcessStore
  /** What was pushed, in order. */
  readonly events: ChatEvent[]
  /** What a user asks, of the user's own conversations. */
  readonly as: (user: string) => {
    join(request: JoinRequest): Answer<'join'>
    send(request: SendRequest): Answer<'send'>
    retry(request: RetryRequest): Answer<'retry'>
    stop(request: StopRequest): Answer<'stop'>
    history(request: HistoryRequest): ReturnType<ChatCore['history']>
  }
  /** Sends as `ann` in conversation `c`, and lets everything settle. */
  send(taskId: string, input: SendInput): Answer<'send'>
  retry(taskId: string, attempt: number): Answer<'retry'>
  stop(taskId: string): Answer<'stop'>
  snapshot(limit?: number): Promise<NonNullable<Awaited<Answer<'join'>>['snapshot']>>
  /** `type task_id` of each pushed event from the given index on. */
  summary(from?: number): string[]
  /** As a server closes it. */
  close(drainMs: number): Promise<void>
  /** The process dies: its store answers no more, and its leases are gone as a store inside the process would have it. */
  crash(options?: { readonly keepsLeases?: boolean }): void
}

const c = { conversation_id: 'c' }
export const keyOf = (user: string, conversationId = 'c'): ConversationKey =>
  conversationKey(user, conversationId)

let nodes = 0

export async function coreUnderTest(options: CoreTestOptions = {}): Promise<UnderTest> {
  const clock = options.clock ?? new VirtualClock()
  const responder = new LedResponder()
  let epochs = 0
  const store = options.store ?? memoryStore({ clock, createId: () => `e${++epochs}` })
  const process = processStore(store.connect())
  const events: ChatEvent[] = []
  let ids = 0
  const node = `node${++nodes}`
  const core = new ChatCore({
    respond: responder.respond,
    outlet: { onEvents: (_key, pushed) => events.push(...pushed), onReplaced: () => {}, onMessage: () => {} },
    silenceMs: 60_000,
    flushMs: 0,
    leaseMs: 15_000,
    reconnectSpreadMs: undefined,
    retention: { events: 1000, compactAfterMs: 60_000, idleMs: Number.POSITIVE_INFINITY },
    ...options,
    env: {
      clock,
      random: () => 1,
      // The first one names the node, which no other may be called.
      createId: () => (ids++ === 0 ? node : `id${ids - 1}`),
      logger: silentLogger,
      ...options.env,
    },
    store: process,
    limits: resolveLimits(options.limits),
  })
  await core.start()
  await settle()
  const settled = async <T>(request: Promise<T>): Promise<T> => {
    const answer = await request
    await settle()
    return answer
  }
  const as = (user: string) => ({
    join: (request: JoinRequest) => core.join(keyOf(user, request.conversation_id), request),
    send: (request: SendRequest) =>
      core.send(keyOf(user, request.conversation_id), { user: { id: user } }, request),
    retry: (request: RetryRequest) => core.retry(keyOf(user, request.conversation_id), {}, request),
    stop: (request: StopRequest) => core.stop(keyOf(user, request.conversation_id), request),
    history: (request: HistoryRequest) => core.history(keyOf(user, request.conversation_id), request),
  })
  const ann = as('ann')
  return {
    core,
    responder,
    clock,
    store,
    process,
    events,
    as,
    send: (task_id, input) => settled(ann.send({ ...c, task_id, input })),
    retry: (task_id, attempt) => settled(ann.retry({ ...c, task_id, attempt })),
    stop: (task_id) => settled(ann.stop({ ...c, task_id })),
    snapshot: async (limit) => {
      const request = { ...c, after: null, ...(limit !== undefined && { limit }) }
      const { snapshot } = await settled(ann.join(request))
      if (!snapshot) throw new Error('unable to look; the answer has no snapshot')
      return snapshot
    },
    summary: (from = 0) => events.slice(from).map(({ type, task_id }) => `${type} ${task_id}`),
    close: async (drainMs) => {
      const deadline = new CloseDeadline(drainMs + CLOSE_GRACE_MS, {
        clock,
        logger: options.env?.logger ?? silentLogger,
      })
      await core.close({ drainMs, deadline })
      deadline.end()
    },
    crash: (how) => {
      process.kill(how)
      core.abandon()
    },
  }
}

/** Sends a message and answers it with one word. */
export async function exchange(test: UnderTest, taskId: string, input: SendInput, answer = 'yes') {
  await test.send(taskId, input)
  await test.responder.last.say(answer)
  await test.responder.last.end()
}
