import { AppError } from '../../errors/app-error.js'
import { logFields } from '../../errors/log-fields.js'
import { translateError } from '../../errors/translate-error.js'
import { delay } from '../../shared/delay.js'
import { type AnswerChunk, checkChunk, type FinishChunk } from '../answer-chunk.js'
import { AnswerDraft } from '../conversation/answer-draft.js'
import { type ConversationState, sizeOf } from '../conversation/conversation-state.js'
import { recordedStep, startStep, stopStep } from '../conversation/decisions.js'
import { taskChanges } from '../conversation/task-changes.js'
import { changeOf, nextTurn, type TaskRecord, type Turn } from '../conversation/task-record.js'
import { toChatMessage } from '../conversation/to-chat-message.js'
import {
  callIdsBeside,
  callsToRun,
  endCalls,
  isLeftToAnother,
  resumeCalls,
  shownToRun,
  type ToolCall,
} from '../conversation/tool-calls.js'
import { toErrorBody } from '../error-event.js'
import { failureFields } from '../failure-fields.js'
import type { ChatUser, Respond, RespondRequest } from '../respond.js'
import type { Run, RunStep } from '../store/step.js'
import type { StoredEvent } from '../store/stored-event.js'
import { fromThrown } from '../thrown-error.js'
import { type ServerRetry, withRetry } from '../with-retry.js'
import { ChunkGatherer } from './chunk-gatherer.js'
import { decide, FencedError } from './decide.js'
import type { HeldLease } from './held-lease.js'
import { readAnswer } from './read-answer.js'
import type { Replica } from './replica.js'
import type { RunOptions } from './run-options.js'

/** Milliseconds between attempts to store a step that the store did not answer. */
const storeRetries = [20, 100, 500, 1000, 2000]
/** A responder that never waits for anything must let others have the processor. */
const longestTurnMs = 10
const longestTurnChunks = 512

/** One attempt at one task, from its `start` to its `finish` or `error`, with the server's own tries within it. */
export class TaskRun {
  readonly taskId: string
  readonly #attempt: number
  readonly #messageId: string
  readonly #task: TaskRecord
  readonly #replica: Replica
  readonly #lease: HeldLease
  readonly #respond: Respond
  readonly #options: RunOptions
  readonly #controller = new AbortController()
  #try = 1

  constructor(
    { task, attempt }: Turn,
    replica: Replica,
    lease: HeldLease,
    options: RunOptions,
    respond: Respond = options.respond,
  ) {
    this.taskId = task.taskId
    this.#task = task
    this.#attempt = attempt
    this.#messageId = task.messageId ?? options.createId()
    this.#replica = replica
    this.#lease = lease
    this.#respond = respond
    this.#options = options
  }

  /** Whether the log still has this attempt running: a stop, a truncation or an error ends it there first. */
  isCurrent(state: ConversationState): boolean {
    const task = state.tasks.get(this.taskId)
    return task?.state === 'running' && task.attempt === this.#attempt && task.messageId === this.#messageId
  }

  /** The user who asked; empty if the app did. */
  get userId(): string {
    return this.#task.input ? String((this.#task.user as { id?: unknown } | undefined)?.id ?? '') : ''
  }

  /** Called as this node learns of a decision. */
  look(): void {
    const { state } = this.#replica
    if (this.#hasStarted && state && !this.isCurrent(state)) this.abort(new FencedError())
  }

  #hasStarted = false

  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }

  /** Stores the `start`, if it is still this task's turn and no other task goes on in its place. @throws FencedError, or what the store throws. */
  start(): Promise<boolean> {
    const { clock, keepMs } = this.#options
    const { taskId } = this
    return decide(this.#replica, {}, (state) => {
      const turn = nextTurn(state.tasks.open())
      const { position } = this.#replica
      if (turn?.task.taskId !== taskId || turn.attempt !== this.#attempt || !position)
        return { answer: () => false }
      const situation = { state, position, now: clock.now(), keepMs }
      if (turn.task.state === 'queued' && isLeftToAnother(state, turn.task)) {
        const step = recordedStep(situation, turn.task, this.#lease.proof)
        return {
          step,
          answer: () => {
            this.#lease.counted()
            return false
          },
        }
      }
      const step = startStep(
        situation,
        { ...turn, messageId: this.#messageId, lease: this.#lease.proof },
        resumeCalls(state, turn.task),
      )
      return {
        step,
        answer: () => {
          this.#lease.counted()
          this.#hasStarted = true
          return true
        },
      }
    })
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { retry, allowance, clock, random, limits } = this.#options
    const signal = AbortSignal.any([this.#controller.signal, this.#lease.signal])
    const tooLong = clock.setTimeout(() => this.#endAt(signal, 'time'), finite(limits.answerMs))
    // A store that never answers would keep the timer, and the timer the process.
    signal.addEventListener('abort', () => clock.clearTimeout(tooLong), { once: true })
    const onRetry = (wait: ServerRetry) => this.#announceRetry(wait)
    try {
      const answer = withRetry(retry, { signal, onRetry, allowance, clock, random })(() =>
        this.#answerOnce(signal),
      )
      const { reason, metadata } = await answer()
      await this.#append(() => [
        {
          type: 'finish',
          ...this.#answer,
          ...(reason !== undefined && { finish_reason: reason }),
          ...(metadata && { metadata: { ...metadata } }),
        },
      ])
    } catch (error) {
      const limit = this.#limit
      if (limit) await this.#fail(limit)
      else if (!signal.aborted) await this.#fail(translateError(error))
    } finally {
      clock.clearTimeout(tooLong)
    }
  }

  #limit: AppError | null = null

  #endAt(signal: AbortSignal, what: 'time' | 'bytes' | 'parts'): void {
    if (signal.aborted) return
    const message = `unable to go on; the answer has reached its limit of ${what}`
    this.#limit = new AppError({ code: 'internal', message, retryAfterMs: -1 })
    this.#controller.abort(this.#limit)
  }

  /** @returns the answer's own word on its end. */
  async #answerOnce(signal: AbortSignal): Promise<Omit<FinishChunk, 'type'>> {
    const { silenceMs, clock, flushMs, tick, limits } = this.#options
    const { request, calls, takenCallIds } = await this.#begin(signal)
    const draft = new AnswerDraft(this.taskId, this.#messageId, calls, takenCallIds)
    const failure = new AbortController()
    const gatherer = new ChunkGatherer({
      flushMs,
      clock,
      tick,
      store: (events) => this.#append(() => [...events]),
      failed: (error) => failure.abort(error),
    })
    const either = AbortSignal.any([signal, failure.signal])
    const breath = new Breath(clock)
    let bytes = 0
    let finish: Omit<FinishChunk, 'type'> = {}
    const take = (given: unknown): Promise<void> | undefined => {
      const chunk = checkChunk(given)
      bytes += chunkSize(chunk)
      if (bytes > limits.answerBytes) this.#endAt(signal, 'bytes')
      if (draft.parts >= 9_999) this.#endAt(signal, 'parts')
      if (either.aborted) throw either.reason
      if (typeof chunk !== 'string' && chunk.type === 'broadcast') request.broadcast(chunk.name, chunk.value)
      else if (typeof chunk !== 'string' && chunk.type === 'finish') finish = chunk
      else {
        const event = draft.add(chunk)
        const full = event && gatherer.add(event)
        if (full) return full
      }
      return breath.needed()
    }
    const begin = (own: AbortSignal) => this.#respond({ ...request, signal: own })
    try {
      await readAnswer({ begin, signal: either, silenceMs, clock }, take)
      await gatherer.end()
      return finish
    } catch (error) {
      // The text before the failure is shown with it.
      if (!failure.signal.aborted && (!signal.aborted || this.#limit)) await gatherer.end().catch(() => {})
      gatherer.discard()
      // An upstream service's error may look like one of ours; its text is not for people.
      throw fromThrown(error)
    }
  }

  /** The request for the responder, from the conversation as it stands. A further try empties what the last one left. */
  async #begin(signal: AbortSignal): Promise<Beginning> {
    const { taskId } = this
    const answer = this.#replica.state?.messages.get(this.#messageId)
    if (answer && answer.parts.length > 0) {
      const running: Run = { ...this.#running, try: this.#try + 1 }
      await this.#append(() => [{ type: 'start', ...this.#answer, attempt: this.#attempt }], { running })
      this.#try += 1
    }
    return this.#replica.run(async () => {
      const state = await this.#replica.load()
      signal.throwIfAborted()
      const index = state.messages.indexOf(this.#messageId)
      if (!this.isCurrent(state) || index < 0) throw new FencedError()
      const { scope, conversationId } = this.#replica
      const { input = null, user } = this.#task
      const before = state.messages.slice(0, index)
      const calls = callsToRun(state, this.#task)
      const request: Beginning['request'] = {
        user: input ? (user as ChatUser) : null,
        scope,
        conversationId,
        taskId,
        attempt: this.#attempt,
        input,
        messages: before.map((message) => toChatMessage(shownToRun(message, calls))),
        broadcast: (name, value) => this.#options.broadcast(this.#replica, name, value),
      }
      return { request, calls, takenCallIds: callIdsBeside(state, this.#messageId) }
    })
  }

  #announceRetry({ try: next, maxTries, delayMs, error }: ServerRetry): Promise<void> {
    const { code, category } = error
    return this.#append(() => [
      {
        type: 'retry',
        task_id: this.taskId,
        try: next,
        // JSON has no number without a bound.
        max_tries: Math.min(maxTries, Number.MAX_SAFE_INTEGER),
        delay_ms: delayMs,
        error_code: category,
        ...(code !== category && { code }),
      },
    ])
  }

  async #fail(error: AppError): Promise<void> {
    const { logger, createId } = this.#options
    const correlationId = createId()
    logger.warn('task failed', { ...logFields(error), correlationId })
    const body = toErrorBody(error, correlationId)
    try {
      await this.#append((state) => [
        ...endCalls(state, this.taskId, 'failed'),
        { ...body, ...this.#answer, attempt: this.#attempt },
      ])
      await this.#stopOldestFailed()
    } catch (lost) {
      // The store is out of reach. The task stays `running` there; whoever takes the lease next ends it.
      if (!(lost instanceof FencedError))
        logger.error('task failed and could not be ended', failureFields(lost))
    }
  }

  /** Failed tasks are kept for a retry, each with its input: not without bound. */
  async #stopOldestFailed(): Promise<void> {
    const { clock, keepMs, limits } = this.#options
    await decide(this.#replica, {}, (state) => {
      const failed = [...state.tasks.open()].filter(
        (task) => task.state === 'failed' && task.retry === undefined,
      )
      const oldest = failed[0]
      const { position } = this.#replica
      if (failed.length <= limits.failedPerConversation || !oldest || !position) return { answer: () => {} }
      return {
        step: stopStep({ state, position, now: clock.now(), keepMs }, oldest.taskId),
        answer: () => {},
      }
    })
  }

  /**
   * Stores what the run adds; nothing if the attempt is over, because nothing that a stopped responder still says may
   * reach the log. A step that the store did not answer is sent again under its number, so it is stored once.
   *
   * @throws FencedError if the run is over, or what the store threw last.
   */
  #append(
    makeEvents: (state: ConversationState) => StoredEvent[],
    { running }: { readonly running?: Run } = {},
  ): Promise<void> {
    const { clock, keepMs } = this.#options
    return this.#replica.run(async () => {
      const state = await this.#replica.load()
      if (!this.isCurrent(state) || this.#lease.signal.aborted) throw new FencedError()
      const now = clock.now()
      const events = makeEvents(state)
      const tasks = taskChanges(state.tasks, events, state.messages, { offset: 0, at: now })
      const ends = tasks.some(({ taskId, state: to }) => taskId === this.taskId && to !== 'running')
      const step: RunStep = {
        kind: 'run',
        lease: this.#lease.proof,
        run: this.#running,
        at: now,
        events,
        // A further try's `start` makes of the task what it is already.
        tasks: ends ? tasks.map(changeOf) : [],
        ...(ends ? { running: null } : running && { running }),
        ...(keepMs !== undefined && { keepMs }),
      }
      const { result } = await this.#stored(step)
      if (result !== 'ok') throw this.#over()
      this.#lease.counted()
      await this.#options.appended(this.#replica)
    })
  }

  async #stored(step: RunStep) {
    const { clock } = this.#options
    for (const wait of storeRetries) {
      try {
        return await this.#replica.append(step)
      } catch (error) {
        if (error instanceof TypeError || error instanceof RangeError || !this.#lease.isAlive) throw error
        await delay(wait, { clock, signal: this.#lease.signal })
      }
    }
    return this.#replica.append(step)
  }

  #over(): FencedError {
    const over = new FencedError()
    this.#controller.abort(over)
    return over
  }

  get #running(): Run {
    return { taskId: this.taskId, attempt: this.#attempt, try: this.#try }
  }

  get #answer() {
    return { task_id: this.taskId, message_id: this.#messageId }
  }
}

interface Beginning {
  readonly request: Omit<RespondRequest, 'signal'>
  /** Calls of earlier answers that this one may go on with. */
  readonly calls: readonly ToolCall[]
  /** Ids that calls of other answers have. */
  readonly takenCallIds: ReadonlySet<string>
}

const chunkSize = (chunk: AnswerChunk): number => {
  if (typeof chunk === 'string') return chunk.length
  return chunk.type === 'text' || chunk.type === 'reasoning' ? chunk.text.length : sizeOf(chunk)
}

const finite = (ms: number) => Math.min(ms, Number.MAX_SAFE_INTEGER)

/** Lets other work in between, if a responder gives chunk after chunk without a pause. */
class Breath {
  readonly #clock: RunOptions['clock']
  #chunks = 0
  #since: number

  constructor(clock: RunOptions['clock']) {
    this.#clock = clock
    this.#since = clock.now()
  }

  needed(): Promise<void> | undefined {
    this.#chunks += 1
    if (this.#chunks < longestTurnChunks && this.#clock.now() - this.#since < longestTurnMs) return undefined
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.#chunks = 0
      this.#since = this.#clock.now()
    })
  }
}
