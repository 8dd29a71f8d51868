import { AppError } from '../../errors/app-error.js'
import { logFields } from '../../errors/log-fields.js'
import { translateError } from '../../errors/translate-error.js'
import { onAbort } from '../../shared/wait.js'
import { type AnswerChunk, checkChunk, type FinishChunk } from '../answer-chunk.js'
import { AnswerDraft } from '../conversation/answer-draft.js'
import { bytesOf } from '../conversation/snapshot.js'
import type { Turn } from '../conversation/task-record.js'
import { endCalls } from '../conversation/tool-calls.js'
import { toErrorBody } from '../error-event.js'
import { failureFields } from '../failure-fields.js'
import type { Respond, RespondRequest } from '../respond.js'
import { fromThrown } from '../thrown-error.js'
import { type ServerRetry, withRetry } from '../with-retry.js'
import { Breath } from './breath.js'
import { ChunkGatherer } from './chunk-gatherer.js'
import { FencedError } from './decide.js'
import type { HeldLease } from './held-lease.js'
import { readAnswer } from './read-answer.js'
import type { Replica } from './replica.js'
import { RunLog } from './run-log.js'
import type { RunOptions } from './run-options.js'
import { type RunRequest, runRequest } from './run-request.js'

/** One attempt at one task, from its `start` to its `finish` or `error`, with the server's own tries within it. */
export class TaskRun {
  readonly taskId: string
  readonly #log: RunLog
  readonly #replica: Replica
  readonly #lease: HeldLease
  readonly #respond: Respond
  readonly #options: RunOptions
  readonly #controller = new AbortController()
  #limit: AppError | null = null

  constructor(
    turn: Turn,
    replica: Replica,
    lease: HeldLease,
    options: RunOptions,
    respond: Respond = options.respond,
  ) {
    const { env, keepMs, compactor } = options
    this.taskId = turn.task.taskId
    this.#log = new RunLog(turn, {
      replica,
      lease,
      env,
      keepMs,
      compactor,
      onOver: (error) => this.abort(error),
    })
    this.#replica = replica
    this.#lease = lease
    this.#respond = respond
    this.#options = options
  }

  /** Called as this node learns of a decision. */
  look(): void {
    if (this.#log.isCutOff) this.abort(new FencedError())
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }

  /** Whether the attempt has begun. @throws FencedError, or what the store throws. */
  start(): Promise<boolean> {
    return this.#log.start()
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { retry, allowance, limits } = this.#options
    const { clock, random } = this.#options.env
    const signal = AbortSignal.any([this.#controller.signal, this.#lease.signal])
    const tooLong = clock.setTimeout(() => this.#endAt(signal, 'time'), finite(limits.answerMs))
    // A store that never answers would keep the timer, and the timer the process.
    const stopListening = onAbort(signal, () => clock.clearTimeout(tooLong))
    const onRetry = (wait: ServerRetry) => this.#announceRetry(wait)
    try {
      const answer = withRetry(retry, { signal, onRetry, allowance, clock, random })(() =>
        this.#answerOnce(signal),
      )
      const { reason, metadata } = await answer()
      await this.#log.append(() => [
        {
          type: 'finish',
          ...this.#log.answer,
          ...(reason !== undefined && { finish_reason: reason }),
          ...(metadata && { metadata: { ...metadata } }),
        },
      ])
    } catch (error) {
      const limit = this.#limit
      if (limit) await this.#fail(limit)
      else if (!signal.aborted) await this.#fail(translateError(error))
    } finally {
      stopListening()
      clock.clearTimeout(tooLong)
    }
  }

  #endAt(signal: AbortSignal, what: 'time' | 'bytes' | 'parts'): void {
    if (signal.aborted) return
    const message = `unable to go on; the answer has reached its limit of ${what}`
    this.#limit = new AppError({ code: 'internal', message, retryAfterMs: -1 })
    this.#controller.abort(this.#limit)
  }

  /** @returns the answer's own word on its end. */
  async #answerOnce(signal: AbortSignal): Promise<Omit<FinishChunk, 'type'>> {
    const { silenceMs, tick, limits } = this.#options
    const { clock } = this.#options.env
    const { request, calls, takenCallIds } = await this.#begin(signal)
    const draft = new AnswerDraft(this.taskId, this.#log.messageId, calls, takenCallIds)
    const failure = new AbortController()
    const gatherer = new ChunkGatherer({
      clock,
      tick,
      // Chunks that are not joined are gathered while the store is waited for.
      store: (events) => (tick.joinsWords ? this.#log.add(events) : this.#log.append(() => events)),
      onFailed: (error) => failure.abort(error),
    })
    const broadcast: RespondRequest['broadcast'] = (name, value) =>
      this.#options.broadcast(this.#replica, name, value)
    const either = AbortSignal.any([signal, failure.signal])
    const breath = new Breath(clock)
    let bytes = 0
    let finish: Omit<FinishChunk, 'type'> = {}
    // Kept beside the signal, because each reading of `aborted` costs a check of its own.
    let isAborted = either.aborted
    const stopListening = onAbort(either, () => {
      isAborted = true
    })
    const take = (given: unknown): Promise<void> | undefined => {
      const chunk = checkChunk(given)
      bytes += chunkBytes(chunk)
      if (bytes > limits.answerBytes) this.#endAt(signal, 'bytes')
      if (draft.parts >= 9_999) this.#endAt(signal, 'parts')
      if (isAborted) throw either.reason
      if (typeof chunk !== 'string' && chunk.type === 'broadcast') broadcast(chunk.name, chunk.value)
      else if (typeof chunk !== 'string' && chunk.type === 'finish') finish = chunk
      else {
        const event = draft.add(chunk)
        const full = event && gatherer.add(event)
        if (full) return full
      }
      return breath.needed()
    }
    const begin = (own: AbortSignal) => this.#respond({ ...request, broadcast, signal: own })
    try {
      await readAnswer({ begin, signal: either, silenceMs, clock }, take)
      await gatherer.end()
      return finish
    } catch (error) {
      // The text before the failure is shown with it.
      if (!failure.signal.aborted && (!signal.aborted || this.#limit)) await gatherer.end().catch(() => {})
      gatherer.discard()
      if (!either.aborted) this.#options.env.rawErrorSink?.(error)
      // An upstream service's error may look like one of ours; its text is not for people.
      throw fromThrown(error)
    } finally {
      // Node keeps a signal made of others for as long as somebody listens to it.
      stopListening()
    }
  }

  /** The request for the responder. A further try empties what the last one left. */
  async #begin(signal: AbortSignal): Promise<RunRequest> {
    const log = this.#log
    const answer = this.#replica.state?.messages.get(log.messageId)
    if (answer && answer.parts.length > 0) await log.restart()
    return this.#replica.run(async () => {
      const state = await this.#replica.load()
      signal.throwIfAborted()
      return runRequest(log, this.#replica, state)
    })
  }

  #announceRetry({ try: next, maxTries, delayMs, error }: ServerRetry): Promise<void> {
    const { code, category } = error
    return this.#log.append(() => [
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
    const { limits } = this.#options
    const { logger, createId } = this.#options.env
    const log = this.#log
    const correlationId = createId()
    logger.warn('task failed', { ...logFields(error), correlationId })
    const body = toErrorBody(error, correlationId)
    try {
      await log.append((state) => [
        ...endCalls(state, this.taskId, 'failed'),
        { ...body, ...log.answer, attempt: log.attempt },
      ])
      await log.stopOldestFailed(limits.failedPerConversation)
    } catch (lost) {
      // The store is out of reach. The task stays `running` there; whoever takes the lease next ends it.
      if (!(lost instanceof FencedError))
        logger.error('task failed and could not be ended', failureFields(lost))
    }
  }
}

/** Of the JSON, as the limit counts: a letter of many scripts has three bytes, and what a provider keeps is stored too. */
const chunkBytes = (chunk: AnswerChunk): number => {
  if (typeof chunk === 'string') return bytesOf(chunk) - QUOTES
  const isText = chunk.type === 'text' || chunk.type === 'reasoning'
  return isText && chunk.private === undefined ? bytesOf(chunk.text) - QUOTES : bytesOf(chunk)
}

const QUOTES = 2

const finite = (ms: number) => Math.min(ms, Number.MAX_SAFE_INTEGER)
