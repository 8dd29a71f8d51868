import { AppError } from '../../src/errors/app-error.js'
import { logFields } from '../../src/errors/log-fields.js'
import { translateError } from '../../src/errors/translate-error.js'
import type { RetryAllowance } from '../../src/server/retry-allowance.js'
import type { RetryPolicy } from '../../src/server/retry-policy.js'
import { type ServerRetry, withRetry } from '../../src/server/with-retry.js'
import type { Clock, Random } from '../../src/shared/clock.js'
import type { Logger } from '../../src/shared/logger.js'
import { answerEvent } from './answer-event.js'
import { type ConversationKey, splitConversationKey } from './conversation-key.js'
import { type ConversationState, indexOfMessage, type TaskRecord } from './conversation-state.js'
import type { ConversationStore } from './conversation-store.js'
import { toErrorBody } from './error-event.js'
import { failureFields } from './failure-fields.js'
import type { NewEvent } from './new-event.js'
import { readAnswer } from './read-answer.js'
import type { Responder } from './responder.js'
import { endCalls } from './tool-calls.js'

export interface TaskRunOptions {
  readonly store: ConversationStore
  readonly responder: Responder
  readonly retry: RetryPolicy
  readonly allowance: RetryAllowance
  /** Milliseconds without a chunk after which a try has failed. */
  readonly silenceMs: number
  readonly clock: Clock
  readonly random: Random
  readonly createId: () => string
  readonly logger: Logger
}

/** One attempt at one task, from its `start` to its `finish` or `error`, with the server's own tries within it. */
export class TaskRun {
  readonly attempt: number
  readonly #key: ConversationKey
  readonly #taskId: string
  readonly #messageId: string
  readonly #options: TaskRunOptions
  readonly #controller = new AbortController()

  constructor(key: ConversationKey, task: TaskRecord, attempt: number, options: TaskRunOptions) {
    this.#key = key
    this.#taskId = task.task_id
    this.#messageId = task.message_id ?? options.createId()
    this.attempt = attempt
    this.#options = options
  }

  get startEvent(): NewEvent {
    return { type: 'start', ...this.#answer, attempt: this.attempt }
  }

  /** Whether the log still has this attempt running: a stop, a truncate or an error ends it there first. */
  isCurrent(state: ConversationState): boolean {
    const task = state.tasks.get(this.#taskId)
    return task?.state === 'running' && task.attempt === this.attempt && !this.#controller.signal.aborted
  }

  abort() {
    this.#controller.abort()
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { retry, allowance, clock, random } = this.#options
    const { signal } = this.#controller
    const onRetry = (wait: ServerRetry) => this.#announceRetry(wait)
    try {
      await withRetry(retry, { signal, onRetry, allowance, clock, random })(() => this.#answerOnce())()
      await this.#store(() => [{ type: 'finish', ...this.#answer }])
    } catch (error) {
      if (!signal.aborted) await this.#fail(translateError(error))
    }
  }

  async #answerOnce() {
    const { store, responder, silenceMs, clock } = this.#options
    const request = await store.use(this.#key, async (conversation) => {
      const { state } = conversation
      const task = state.tasks.get(this.#taskId)
      const index = indexOfMessage(state, this.#messageId)
      if (!this.isCurrent(state) || !task?.input || index < 0)
        throw new AppError({ code: 'interrupted', message: ended })
      // A try that failed half-way left text behind; starting again empties the answer.
      if (state.messages[index]?.parts.length) await conversation.store({ events: [this.startEvent] })
      const { user } = splitConversationKey(this.#key)
      return { user, input: task.input, history: state.messages.slice(0, index) }
    })
    const { signal } = this.#controller
    for await (const chunk of readAnswer({ responder, request, signal, silenceMs, clock })) {
      await this.#store((state) => [answerEvent(state, this.#answer, chunk)])
    }
  }

  #announceRetry({ try: next, maxTries, delayMs, error }: ServerRetry) {
    const { code, category } = error
    return this.#store(() => [
      {
        type: 'retry',
        task_id: this.#taskId,
        try: next,
        // JSON has no number without a bound.
        max_tries: Math.min(maxTries, Number.MAX_SAFE_INTEGER),
        delay_ms: delayMs,
        error_code: category,
        ...(code !== category && { code }),
      },
    ])
  }

  async #fail(error: AppError) {
    const { logger, createId } = this.#options
    const correlationId = createId()
    logger.warn('task failed', { ...logFields(error), correlationId })
    try {
      await this.#store((state) => [
        ...endCalls(state, this.#taskId, 'failed'),
        { ...toErrorBody(error, correlationId), ...this.#answer, attempt: this.attempt },
      ])
    } catch (lost) {
      // The log is out of reach. The task stays `running` there, and is ended when the conversation is next used.
      logger.error('task failed and could not be ended', failureFields(lost))
    }
  }

  /** Stores nothing where the attempt is over: what a stopped responder still says must not reach the log. */
  #store(makeEvents: (state: ConversationState) => NewEvent[]): Promise<void> {
    return this.#options.store.use(this.#key, async ({ state, store }) => {
      if (this.isCurrent(state)) await store({ events: makeEvents(state) })
    })
  }

  get #answer() {
    return { task_id: this.#taskId, message_id: this.#messageId }
  }
}

const ended = 'unable to answer; the task is over'
