import { nanoid } from 'nanoid'
import { AppError } from '../errors/app-error.js'
import { ConnectionLost } from '../errors/connection-lost.js'
import type { ChatRequests } from '../protocol/chat-requests.js'
import { decodeEvent } from '../protocol/decode.js'
import type { SendAnswer, SendInput, SendRequest, UnknownWirePart, WirePart } from '../protocol/events.js'
import { isErrorEvent, isPart } from '../protocol/is-message.js'
import type { TimerId } from '../shared/clock.js'
import { reportError } from '../shared/emitter.js'
import type { Codec, CodecContext, CodecSession } from './codec.js'

/** What to emit to the server. */
export interface Emission {
  readonly event: string
  readonly payload: unknown
}

/** What a server's event says of a task. Where it names none, it is about the one that was sent first and isn't over. */
export type PlainEvent = { readonly taskId?: string | undefined } & (
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'part'; readonly part: WirePart | UnknownWirePart }
  | { readonly type: 'finish' }
  /** Whatever the server sent as its error: an `ErrorEvent`, or a bare string. None of it reaches the screen. */
  | { readonly type: 'error'; readonly error: unknown }
)

/** How to talk with a server that does not speak protocol v1. */
export interface PlainMapping {
  /** See {@link Codec.name}. @default the names of its events */
  readonly name?: string | undefined
  /** The server's Socket.IO events to listen to. */
  readonly events: readonly string[]
  /** What to emit for a person's input; null where the server has nothing for it. */
  encode(request: { conversationId: string; taskId: string; input: SendInput }): Emission | null
  /** What to emit for a stop; null, and by default, nothing: the answer is no longer shown, that is all. */
  encodeStop?(request: { conversationId: string; taskId: string }): Emission | null
  /** What one of the server's events says; nothing where it says nothing about a task. */
  decode(event: string, payload: unknown): readonly PlainEvent[]
}

interface PlainTask extends SendRequest {
  attempt: number
  /** Where it stands among all that were sent. */
  readonly place: number
  /** Its answer, once begun. */
  messageId: string | null
  parts: number
  lastIsText: boolean
  over: boolean
  /** Nobody told the server of it: what it still says is heard, so that the next answer does not begin with it. */
  stopped: boolean
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
  /** One log a conversation, of this client's own making: it lives as long as the client. */
  readonly #epoch = nanoid()
  readonly #offsets = new Map<string, number>()
  readonly #tasks = new Map<string, PlainTask>()
  #sent = 0
  /** By a message's id, the place of the task that it belongs to. */
  readonly #places = new Map<string, number>()
  #lastHeard = 0
  /** Runs while a silence is too long already. */
  #grace: TimerId | null = null

  constructor(mapping: PlainMapping, context: CodecContext) {
    this.#mapping = mapping
    this.#context = context
    this.server = {
      isIdempotent: false,
      join: async ({ conversation_id, after }) => {
        // What a reader that begins anew has missed is kept nowhere: for it the conversation begins here.
        const isHeld = this.#end(conversation_id).offset === (after?.offset ?? 0)
        this.#endSilent()
        const end = this.#end(conversation_id)
        const snapshot = isHeld ? null : { offset: end.offset, messages: [], tasks: [], has_older: false }
        const limits = { max_message_bytes: Number.MAX_SAFE_INTEGER }
        return { ok: true, ...end, events: [], snapshot, limits, skipped: 0 }
      },
      send: async (request) => this.#send(request),
      retry: async ({ task_id, attempt }) => this.#retry(task_id, attempt),
      stop: async ({ conversation_id, task_id }) => this.#stop(conversation_id, task_id),
      history: async ({ conversation_id }) => ({
        ok: true,
        ...this.#end(conversation_id),
        messages: [],
        has_older: false,
        skipped: 0,
      }),
      leave: async () => {},
    }
  }

  pushed(event: string, payload: unknown): void {
    this.#lastHeard = this.#context.clock.now()
    try {
      for (const said of this.#mapping.decode(event, payload)) this.#hear(said)
    } catch (error) {
      reportError(error)
    }
  }

  connectionChanged(connected: boolean): void {
    if (!connected) this.#endAll('interrupted', 'unable to finish the answer; the connection was lost')
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
      parts: 0,
      lastIsText: false,
      over: false,
      stopped: false,
    }
    const { input } = request
    if (input.kind === 'edit' || input.kind === 'regenerate') {
      this.#withdraw(request.conversation_id, this.#places.get(input.message_id))
      this.#append(task, { type: 'truncate', from_message_id: input.message_id })
    }
    this.#tasks.set(request.task_id, task)
    if (input.kind === 'message' || input.kind === 'edit') {
      this.#places.set(input.message.id, task.place)
      this.#append(task, { type: 'message', message: input.message })
    }
    return this.#answer(task)
  }

  /** What is removed, the server may answer all the same: that is heard, and not shown. */
  #withdraw(conversationId: string, from = Number.POSITIVE_INFINITY): void {
    for (const task of this.#tasks.values()) {
      if (task.conversation_id !== conversationId || task.place < from) continue
      if (task.over) this.#finish(task.task_id)
      else task.stopped = true
    }
  }

  #retry(taskId: string, attempt: number): SendAnswer {
    const task = this.#tasks.get(taskId)
    if (!task)
      throw new AppError({ code: 'unknown_task', message: 'unable to retry; the task was never sent' })
    // It is with the server, which would take a repeat for another one.
    if (!task.over) return this.#answer(task)
    this.#emit(task)
    // What names no task is about the one that was sent first: this one has just been sent last.
    this.#tasks.delete(taskId)
    this.#tasks.set(taskId, task)
    Object.assign(task, { attempt, parts: 0, lastIsText: false, over: false, stopped: false })
    if (task.messageId) this.#start(task, task.messageId)
    return this.#answer(task)
  }

  #stop(conversationId: string, taskId: string) {
    const task = this.#tasks.get(taskId)
    const emission = this.#mapping.encodeStop?.({ conversationId, taskId })
    if (emission) this.#context.connection.emit(emission.event, emission.payload)
    const goesOn = task !== undefined && !task.over
    if (task && !task.stopped)
      this.#append(task, { type: 'stop', ...(task.messageId && { message_id: task.messageId }) })
    if (goesOn && !emission) task.stopped = true
    else this.#finish(taskId)
    return { ok: true as const, ...this.#end(conversationId), stopped: true }
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
    const task = said.taskId === undefined ? this.#running() : this.#tasks.get(said.taskId)
    if (!task || task.over) return
    if (task.stopped) {
      if (said.type === 'error' || said.type === 'finish') this.#finish(task.task_id)
    } else if (said.type === 'error') this.#fail(task, said.error)
    else this.#write(task, said)
  }

  #write(task: PlainTask, said: Exclude<PlainEvent, { type: 'error' }>): void {
    if (said.type === 'part' && !isPart(said.part)) {
      this.#context.logger.warn('event_invalid', { field: 'part' })
      return
    }
    task.messageId ??= this.#start(task, nanoid())
    const message_id = task.messageId
    if (said.type === 'finish') {
      this.#append(task, { type: 'finish', message_id })
      this.#finish(task.task_id)
    } else if (said.type === 'text') {
      if (!task.lastIsText) task.parts++
      task.lastIsText = true
      this.#append(task, { type: 'delta', message_id, part: task.parts - 1, text: said.text })
    } else {
      task.lastIsText = false
      this.#append(task, { type: 'part', message_id, part: task.parts++, value: said.part })
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
    this.#append(task, {
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
    this.#append(task, { type: 'start', message_id, attempt: task.attempt })
    return message_id
  }

  #running(): PlainTask | undefined {
    for (const task of this.#tasks.values()) if (!task.over) return task
    return undefined
  }

  #finish(taskId: string): void {
    this.#tasks.delete(taskId)
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
      if (task.stopped) this.#finish(task.task_id)
      else if (!task.over) this.#fail(task, new AppError({ code, message, retryable: false }))
    }
  }

  #answer(task: PlainTask): SendAnswer {
    const end = this.#end(task.conversation_id)
    return { ok: true, ...end, duplicate: false, attempt: task.attempt, state: 'queued' }
  }

  #end(conversationId: string) {
    return { epoch: this.#epoch, offset: this.#offsets.get(conversationId) ?? 0 }
  }

  /** Adds to the conversation's log, and shows it: through the same door as what comes from a server. */
  #append({ conversation_id, task_id }: PlainTask, body: Record<string, unknown>): void {
    const offset = (this.#offsets.get(conversation_id) ?? 0) + 1
    this.#offsets.set(conversation_id, offset)
    const timestamp = new Date(this.#context.clock.now()).toISOString()
    const event = { ...body, conversation_id, task_id, epoch: this.#epoch, offset, timestamp }
    this.#context.deliver(conversation_id, [decodeEvent(event)])
  }
}
