import { ConversationHandler } from '../../examples/mock-server/conversation-handler.js'
import { type ConversationLog, MemoryLog } from '../../examples/mock-server/conversation-log.js'
import type { ConversationHandlerOptions } from '../../examples/mock-server/handler-options.js'
import type { AnswerChunk, Responder, RespondRequest } from '../../examples/mock-server/responder.js'
import type { ChatEvent, SendInput } from '../../src/protocol/events.js'
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
      else if ('fail' in next) throw next.fail
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
export class LedResponder implements Responder {
  readonly runs: LedRun[] = []

  respond(request: RespondRequest) {
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

export interface UnderTest {
  readonly handler: ConversationHandler
  readonly responder: LedResponder
  readonly clock: VirtualClock
  readonly log: ConversationLog
  /** What was published, in order. */
  readonly events: ChatEvent[]
  /** Sends as `ann` in conversation `c`, and lets everything settle. */
  send(taskId: string, input: SendInput): ReturnType<ConversationHandler['send']>
  retry(taskId: string, attempt: number): ReturnType<ConversationHandler['retry']>
  stop(taskId: string): ReturnType<ConversationHandler['stop']>
  snapshot(limit?: number): Promise<NonNullable<Awaited<ReturnType<ConversationHandler['join']>>['snapshot']>>
  /** `type task_id` of each published event from the given index on. */
  summary(from?: number): string[]
}

const c = { conversation_id: 'c' }

export async function handlerUnderTest(
  options: Partial<ConversationHandlerOptions> = {},
): Promise<UnderTest> {
  const clock = new VirtualClock()
  const responder = new LedResponder()
  const log = options.log ?? new MemoryLog({ epoch: 'e1' })
  const events: ChatEvent[] = []
  let ids = 0
  const handler = new ConversationHandler({
    responder,
    clock,
    random: () => 1,
    createId: () => `id${++ids}`,
    publish: (_key, published) => events.push(...published),
    ...options,
    log,
  })
  await handler.start()
  const settled = async <T>(request: Promise<T>): Promise<T> => {
    const answer = await request
    await settle()
    return answer
  }
  return {
    handler,
    responder,
    clock,
    log,
    events,
    send: (task_id, input) => settled(handler.send('ann', { ...c, task_id, input })),
    retry: (task_id, attempt) => settled(handler.retry('ann', { ...c, task_id, attempt })),
    stop: (task_id) => settled(handler.stop('ann', { ...c, task_id })),
    snapshot: async (limit) => {
      const request = { ...c, after: null, ...(limit !== undefined && { limit }) }
      const { snapshot } = await settled(handler.join('ann', request))
      if (!snapshot) throw new Error('unable to look; the answer has no snapshot')
      return snapshot
    },
    summary: (from = 0) => events.slice(from).map(({ type, task_id }) => `${type} ${task_id}`),
  }
}

/** Sends a message and answers it with one word. */
export async function exchange(test: UnderTest, taskId: string, input: SendInput, answer = 'yes') {
  await test.send(taskId, input)
  await test.responder.last.say(answer)
  await test.responder.last.end()
}
