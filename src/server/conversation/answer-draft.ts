import { AppError } from '../../errors/app-error.js'
import type {
  AnswerChunk,
  BroadcastChunk,
  DataChunk,
  FileChunk,
  FinishChunk,
  SourceChunk,
  TextChunk,
  ToolChunk,
} from '../answer-chunk.js'
import type { StoredEvent, StoredPart } from '../store/stored-event.js'
import type { ToolCall, ToolPart } from './tool-calls.js'

type Answer = { readonly task_id: string; readonly message_id: string }
/** A chunk that becomes a part of the answer, or says something about the answer. */
export type StoredChunk = Exclude<AnswerChunk, FinishChunk | BroadcastChunk>

/** Where a call stands, and what is known of it. */
interface Call {
  readonly messageId: string
  readonly index: number
  part: ToolPart
}

/** The answer of one try as it grows: it knows which part comes next, so that a chunk costs no look at the rest. */
export class AnswerDraft {
  readonly #answer: Answer
  #parts = 0
  /** The part that a text without an id continues. */
  #last: string | null = null
  readonly #byId = new Map<string, number>()
  /** By the id that the provider gives. */
  readonly #calls = new Map<string, Call>()
  readonly #findTakenIds: () => Iterable<string>
  #takenIds: Set<string> | null = null
  /** The next number to try for an id that was given again. */
  readonly #numbers = new Map<string, number>()

  /**
   * @param running calls of earlier answers that this task may go on with: they were approved.
   * @param takenIds finds the ids of calls of other answers; called at the first call of this one.
   */
  constructor(
    taskId: string,
    messageId: string,
    running: Iterable<ToolCall> = [],
    takenIds: () => Iterable<string> = () => [],
  ) {
    this.#answer = { task_id: taskId, message_id: messageId }
    this.#findTakenIds = takenIds
    for (const { message, index, part } of running)
      this.#calls.set(part.tool_call_id, { messageId: message.id, index, part })
  }

  get parts(): number {
    return this.#parts
  }

  /** The event that adds a chunk; null if there is nothing to add. @throws AppError `internal` if a call has no name. */
  add(chunk: StoredChunk): StoredEvent | null {
    if (typeof chunk === 'string') return this.#text({ type: 'text', text: chunk })
    switch (chunk.type) {
      case 'text':
      case 'reasoning':
        return this.#text(chunk)
      case 'tool':
        return this.#tool(chunk)
      case 'data':
        return this.#data(chunk)
      case 'file':
      case 'source':
        return this.#add(withMediaType(chunk))
      case 'metadata':
        return { type: 'meta', ...this.#answer, metadata: { ...chunk.metadata } }
    }
  }

  #text({ type, text, id, private: kept }: TextChunk): StoredEvent | null {
    const key = id === undefined ? type : `${type} ${id}`
    const part = id === undefined ? (this.#last === key ? this.#parts - 1 : undefined) : this.#byId.get(key)
    if (text === '' && kept === undefined) return null
    if (part !== undefined) {
      const { task_id, message_id } = this.#answer
      const delta = { type: 'delta', task_id, message_id, part, text } as const
      return kept === undefined ? delta : { ...delta, private: kept }
    }
    if (id !== undefined) this.#byId.set(key, this.#parts)
    if (type === 'reasoning' || kept !== undefined)
      return this.#add({ type, text, ...(kept && { private: kept }) }, key)
    this.#last = key
    return { type: 'delta', ...this.#answer, part: this.#parts++, text }
  }

  #tool(chunk: ToolChunk): StoredEvent | null {
    const { toolCallId, inputText } = chunk
    const held = this.#calls.get(toolCallId)
    const known = held && beginsAnother(held.part, chunk) ? undefined : held
    const part = changedCall(known?.part.tool_call_id ?? this.#freeId(toolCallId), known?.part, chunk)
    const { task_id } = this.#answer
    if (known && chunk.state === 'streaming' && known.part.state === 'streaming' && !chunk.private) {
      // Appended, because the whole again with each piece would cost the square of the input.
      return inputText
        ? { type: 'delta', task_id, message_id: known.messageId, part: known.index, text: inputText }
        : null
    }
    if (known) {
      known.part = part
      return { type: 'part', task_id, message_id: known.messageId, part: known.index, value: part }
    }
    this.#calls.set(toolCallId, { messageId: this.#answer.message_id, index: this.#parts, part })
    return this.#add(part)
  }

  /** A provider may use an id again, in a later answer or in a later step; in a conversation each call has its own. */
  #freeId(id: string): string {
    this.#takenIds ??= new Set(this.#findTakenIds())
    let free = id
    // From where the last look ended: a provider that has one id for all calls would cost the square of their number.
    let n = this.#numbers.get(id) ?? 2
    for (; this.#takenIds.has(free); n += 1) free = `${id.slice(0, MAX_STEM)}~${n}`
    if (free !== id) this.#numbers.set(id, n)
    this.#takenIds.add(free)
    return free
  }

  #data({ id, name, value, private: kept }: DataChunk): StoredEvent {
    const part: StoredPart = { type: 'data', name, value, ...(kept && { private: kept }) }
    if (id === undefined) return this.#add(part)
    const key = `data ${name} ${id}`
    const known = this.#byId.get(key)
    if (known !== undefined) return { type: 'part', ...this.#answer, part: known, value: part }
    this.#byId.set(key, this.#parts)
    return this.#add(part)
  }

  #add(value: StoredPart, key: string = value.type): StoredEvent {
    this.#last = key
    return { type: 'part', ...this.#answer, part: this.#parts++, value }
  }
}

const hasEnded = ({ state }: ToolPart | ToolChunk) =>
  state === 'output' || state === 'error' || state === 'denied'

/** Whether a chunk is the first of a new call under the id of a call that is further: no call begins again. */
const beginsAnother = (held: ToolPart, chunk: ToolChunk) =>
  chunk.name !== undefined &&
  (hasEnded(held) ? !hasEnded(chunk) : chunk.state === 'streaming' && held.state !== 'streaming')

/** An id has at most 128 characters. */
const MAX_STEM = 116

/** A call after a chunk: what the chunk names changes, and what belongs to a state that is over goes. */
function changedCall(id: string, known: ToolPart | undefined, chunk: ToolChunk): ToolPart {
  const { name = known?.name, state, inputText, input = known?.input, output, error } = chunk
  if (name === undefined)
    throw new AppError({
      code: 'internal',
      message: 'unable to use what respond gave; chunk.name: the first chunk of a tool call needs it',
      details: { field: 'chunk.name' },
    })
  const reason = chunk.reason ?? known?.reason
  const kept = { ...known?.private, ...chunk.private }
  return {
    type: 'tool',
    tool_call_id: id,
    name,
    state,
    ...(state === 'streaming' && inputText !== undefined && { input_text: inputText }),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    ...(error !== undefined && { error }),
    ...(reason !== undefined && { reason }),
    ...(Object.keys(kept).length > 0 && { private: kept }),
  }
}

function withMediaType({ mediaType, ...rest }: FileChunk | SourceChunk): StoredPart {
  return { ...rest, ...(mediaType !== undefined && { media_type: mediaType }) } as StoredPart
}
