import { nanoid } from 'nanoid'
import { AppError } from '../errors/app-error.js'
import { ConnectionLost } from '../errors/connection-lost.js'
import type { ChatRequests } from '../protocol/chat-requests.js'
import type { Skipped } from '../protocol/decode.js'
import type { JoinAnswer, SendAnswer, SendRequest } from '../protocol/events.js'
import { isId } from '../protocol/is.js'
import { isErrorEvent, isMessage, isPart } from '../protocol/is-message.js'
import type { TimerId } from '../shared/clock.js'
import { reportError } from '../shared/listeners.js'
import type { Codec, CodecContext, CodecSession } from './codec.js'
import { LastWords } from './last-words.js'
import { PlainAnswer } from './plain-answer.js'
import { fetchHistory } from './plain-history.js'
import { PlainLog } from './plain-log.js'
import type { PlainAnswerEvent, PlainEvent, PlainMapping, PlainMessage } from './plain-mapping.js'

interface PlainTask extends SendRequest {
  attempt: number
  /** Where it stands among all that were sent. */
  readonly place: number
  /** The id of its answer, once that has begun. */
  messageId: string | null
  answer: PlainAnswer
  over: boolean
  /**
   * Its last words are heard and not shown, so that the next answer does not begin with them. `told`: the server knows of
   * the stop, and may end the answer without a word.
   */
  stopped: 'no' | 'untold' | 'told'
}

/**
 * A codec for a server that only emits answers and errors. It keeps the log that the server doesn't: accepted means
 * emitted while connected, a lost connection ends what was under way, and only an `ErrorEvent` that says `retryable` is
 * retried, since such a server can't recognise a repeat.
 */
export const plainCodec = (mapping: PlainMapping): Codec => ({
  name: mapping.name,
  events: mapping.events,
  open: (context) => new PlainLink(mapping, context),
})

class PlainLink implements CodecSession {
  readonly server: ChatRequests
  readonly #mapping: PlainMapping
  readonly #context: CodecContext
  readonly #log: PlainLog
  readonly #tasks = new Map<string, PlainTask>()
  #sent = 0
  /** By a message's id, the place of the task that it belongs to. */
  readonly #places = new Map<string, number>()
  #lastHeard = 0
  /** Runs while a silence is too long already. */
  #grace: TimerId | null = null
  readonly #lastWords: LastWords
  /** Aborted if the connection is lost. */
  #connected = new AbortController()
  /** Whether the server names the tasks that it speaks of: then late words harm nothing. */
  #namesTasks = false
  /** Tasks whose question waits for the last words of a stopped answer. */
  readonly #held = new Set<string>()

  constructor(mapping: PlainMapping, context: CodecContext) {
    this.#mapping = mapping
    this.#context = context
    this.#log = new PlainLog(context)
    this.#lastWords = new LastWords(context.clock, () => {
      for (const task of this.#tasks.values()) if (task.stopped === 'told') this.#finish(task.task_id)
    })
    this.server = {
      isIdempotent: false,
      join: ({ conversation_id, after }) => this.#join(conversation_id, after?.offset ?? 0),
      send: async (request) => {
        await this.#untilLastWords(request.task_id)
        return this.#send(request)
      },
      retry: async ({ task_id, attempt }) => {
        await this.#untilLastWords(task_id)
        return this.#retry(task_id, attempt)
      },
      stop: async ({ conversation_id, task_id }) => this.#stop(conversation_id, task_id),
      history: async ({ conversation_id, before }) => {
        const history = await this.#history(conversation_id, before)
        return { ok: true, ...this.#log.end(conversation_id), ...history }
      },
      leave: async () => {},
    }
  }

  pushed(event: string, payload: unknown): void {
    this.#lastHeard = this.#context.clock.now()
    this.#lastWords.heard()
    try {
      for (const said of this.#mapping.decode(event, payload)) this.#hear(said)
    } catch (error) {
      reportError(error)
    }
  }

  connectionChanged(connected: boolean): void {
    if (connected) {
      this.#connected = new AbortController()
      return
    }
    this.#connected.abort(new ConnectionLost())
    this.#endAll('interrupted', 'unable to finish the answer; the connection was lost')
  }

  async #join(conversationId: string, after: number): Promise<JoinAnswer & Skipped> {
    const isHeld = this.#log.end(conversationId).offset === after
    const isWanted = !isHeld || (after === 0 && this.#mapping.history !== undefined)
    const limits = { max_message_bytes: Number.MAX_SAFE_INTEGER }
    this.#endSilent()
    if (!isWanted)
      return { ok: true, ...this.#log.end(conversationId), events: [], snapshot: null, limits, skipped: 0 }
    // A reader that begins anew finds the events that it has missed in the server's history, or nowhere.
    const { offset } = this.#log.end(conversationId)
    // The snapshot does not hold what comes while the history is fetched.
    return this.#log.gather(conversationId, async (events) => {
      const { messages, has_older, skipped } = await this.#history(conversationId)
      const snapshot = { offset, messages, tasks: [], has_older }
      return { ok: true, ...this.#log.end(conversationId), events: [...events], snapshot, limits, skipped }
    })
  }

  #history(conversationId: string, before?: string) {
    return fetchHistory(this.#mapping, { conversationId, before }, this.#context, this.#connected.signal)
  }

  /**
   * If a server names no tasks, the late words of a stopped answer look like the first words of the next one. So the next
   * question leaves only after the server has ended the stopped answer, or was silent for a moment.
   */
  async #untilLastWords(taskId: string): Promise<void> {
    if (!this.#lastWords.areAwaited) return
    this.#held.add(taskId)
    await this.#lastWords.whenOver()
    if (!this.#held.delete(taskId))
      throw new AppError({ code: 'cancelled', message: 'unable to send; the task was stopped before that' })
  }

  #send(request: SendRequest): SendAnswer {
    const known = this.#tasks.get(request.task_id)
    if (known) return this.#retry(request.task_id, known.attempt)
    this.#emit(request)
    const task: PlainTask = {
      ...request,
      attempt: 1,
      place: this.#sent++,
      messageId: null,
      answer: new PlainAnswer(),
      over: false,
      stopped: 'no',
    }
    const { input } = request
    if (input.kind === 'edit' || input.kind === 'regenerate') {
      this.#withdraw(request.conversation_id, this.#places.get(input.message_id))
      this.#log.append(task, { type: 'truncate', from_message_id: input.message_id })
    }
    this.#tasks.set(request.task_id, task)
    if (input.kind === 'message' || input.kind === 'edit') {
      this.#places.set(input.message.id, task.place)
      this.#log.append(task, { type: 'message', message: input.message })
    }
    return this.#answer(task)
  }

  /** The server may still answer a message that was removed. Such an answer is read and not shown. */
  #withdraw(conversationId: string, from = Infinity): void {
    for (const task of this.#tasks.values()) {
      if (task.conversation_id !== conversationId || task.place < from) continue
      if (task.over) this.#finish(task.task_id)
      else if (task.stopped === 'no') task.stopped = 'untold'
    }
  }

  #retry(taskId: string, attempt: number): SendAnswer {
    const task = this.#tasks.get(taskId)
    if (!task)
      throw new AppError({ code: 'unknown_task', message: 'unable to retry; the task was never sent' })
    // The server has the message already, and would take a repeat for another message.
    if (!task.over) return this.#answer(task)
    this.#emit(task)
    // An event without a task is about the task that was sent first; this task was sent last.
    this.#tasks.delete(taskId)
    this.#tasks.set(taskId, task)
    Object.assign(task, { attempt, answer: new PlainAnswer(), over: false, stopped: 'no' })
    if (task.messageId) this.#start(task, task.messageId)
    return this.#answer(task)
  }

  #stop(conversationId: string, taskId: string) {
    const task = this.#tasks.get(taskId)
    // The server never heard of a question that is held up.
    const wasHeld = this.#held.delete(taskId)
    const emission = wasHeld ? null : this.#mapping.encodeStop?.({ conversationId, taskId })
    if (emission) this.#context.connection.emit(emission.event, emission.payload)
    const goesOn = task !== undefined && !task.over
    if (task?.stopped === 'no')
      this.#log.append(task, { type: 'stop', ...(task.messageId && { message_id: task.messageId }) })
    if (!goesOn || (emission && this.#namesTasks)) this.#finish(taskId)
    else {
      task.stopped = emission ? 'told' : 'untold'
      if (emission) this.#lastWords.begin()
    }
    return { ok: true as const, ...this.#log.end(conversationId), stopped: true }
  }

  #emit({ conversation_id: conversationId, task_id: taskId, input }: SendRequest): void {
    const emission = this.#mapping.encode({ conversationId, taskId, input })
    if (!emission) {
      throw new AppError({
        code: 'invalid_message',
        message: `unable to send; the server has nothing for ${input.kind}`,
      })
    }
    if (!this.#context.connection.emit(emission.event, emission.payload)) throw new ConnectionLost()
    this.#lastHeard = this.#context.clock.now()
  }

  #hear(said: PlainEvent): void {
    if (said.type === 'message') {
      this.#speak(said.conversationId, said.message)
      return
    }
    if (said.taskId !== undefined) this.#namesTasks = true
    const task = said.taskId === undefined ? this.#running() : this.#tasks.get(said.taskId)
    if (!task || task.over) return
    if (task.stopped !== 'no') {
      if (said.type === 'error' || said.type === 'finish') this.#finish(task.task_id)
    } else if (said.type === 'error') this.#fail(task, said.error)
    else this.#write(task, said)
  }

  /** The server speaks first. */
  #speak(conversation_id: string, given: PlainMessage): void {
    const created_at = new Date(this.#context.clock.now()).toISOString()
    const message = { id: nanoid(), role: 'assistant', created_at, ...given }
    if (isId(conversation_id) && isMessage(message))
      this.#log.append({ conversation_id }, { type: 'message', message })
    else this.#context.logger.warn('event_invalid', { field: 'message' })
  }

  #write(task: PlainTask, said: Exclude<PlainAnswerEvent, { type: 'error' }>): void {
    const { answer } = task
    if (said.type === 'part' && !isPart(said.part)) {
      this.#context.logger.warn('event_invalid', { field: 'part' })
      return
    }
    task.messageId ??= this.#start(task, nanoid())
    const message_id = task.messageId
    switch (said.type) {
      case 'text':
        this.#log.append(task, { ...answer.addText(said.text), message_id })
        break
      case 'whole-text':
        for (const event of answer.setText(said.text)) this.#log.append(task, { ...event, message_id })
        break
      case 'part':
        this.#log.append(task, { ...answer.setPart(said.part, said.id), message_id })
        break
      case 'finish': {
        const { finishReason: finish_reason } = said
        this.#log.append(task, { type: 'finish', message_id, ...(finish_reason && { finish_reason }) })
        this.#finish(task.task_id)
      }
    }
  }

  #fail(task: PlainTask, raw: unknown): void {
    const {
      userMessage: error,
      category: error_code,
      code,
      retryAfterMs,
      retryable,
    } = this.#context.translate(raw)
    task.over = true
    this.#log.append(task, {
      type: 'error',
      error,
      error_code,
      code,
      retryable: retryable && isErrorEvent(raw),
      attempt: task.attempt,
      ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
      ...(task.messageId && { message_id: task.messageId }),
    })
  }

  #start(task: PlainTask, message_id: string): string {
    this.#places.set(message_id, task.place)
    this.#log.append(task, { type: 'start', message_id, attempt: task.attempt })
    return message_id
  }

  #running(): PlainTask | undefined {
    for (const task of this.#tasks.values()) if (!task.over) return task
    return undefined
  }

  #finish(taskId: string): void {
    this.#tasks.delete(taskId)
    if (![...this.#tasks.values()].some(({ stopped }) => stopped === 'told')) this.#lastWords.end()
  }

  #endSilent(): void {
    const { clock, idle } = this.#context
    const heardAt = this.#lastHeard
    // A clock that was set back meanwhile must not make it last.
    if (Math.abs(clock.now() - heardAt) < idle || !this.#running() || this.#grace !== null) return
    // A machine that has slept hands on what came meanwhile only after it has woken.
    this.#grace = clock.setTimeout(() => {
      this.#grace = null
      if (this.#lastHeard === heardAt)
        this.#endAll('timeout', 'unable to finish the answer; the server said nothing more')
    }, idle / 10)
  }

  #endAll(code: string, message: string): void {
    this.#context.clock.clearTimeout(this.#grace)
    this.#grace = null
    for (const task of this.#tasks.values()) {
      if (task.stopped !== 'no') this.#finish(task.task_id)
      else if (!task.over) this.#fail(task, new AppError({ code, message, retryable: false }))
    }
  }

  #answer(task: PlainTask): SendAnswer {
    const end = this.#log.end(task.conversation_id)
    return { ok: true, ...end, duplicate: false, attempt: task.attempt, state: 'queued' }
  }
}
