import { AppError } from '../errors/app-error.js'
import { MAX_BROADCAST_BYTES } from '../protocol/events.js'
import {
  badField,
  type Check,
  isCount,
  isDefined,
  isId,
  isObject,
  isString,
  oneOf,
  optional,
} from '../protocol/is.js'
import { isFlatJson, type JsonBounds } from './is-flat-json.js'

/** Data that a model's provider wants back with the next call. Stored, given to `respond` again, never sent to a client. JSON. */
export type Private = Readonly<Record<string, unknown>>

interface Kept {
  readonly private?: Private
}

/** Text, appended to what came before. Chunks with an `id` go to the part of that id, so two texts may grow in turns. */
export interface TextChunk extends Kept {
  readonly type: 'text' | 'reasoning'
  readonly text: string
  readonly id?: string
}

/**
 * A tool call in any of its states. Each chunk of one `toolCallId` changes what it names and keeps the rest, so a result
 * needs no `input`. `inputText` is appended: in the state `streaming` give each piece of the input once.
 */
export interface ToolChunk extends Kept {
  readonly type: 'tool'
  readonly toolCallId: string
  /** Needed by the first chunk of a call. */
  readonly name?: string
  readonly state: 'streaming' | 'input' | 'approval' | 'running' | 'output' | 'error' | 'denied'
  readonly inputText?: string
  /** JSON, like `output`. */
  readonly input?: unknown
  readonly output?: unknown
  /** Shown to people, so no exception's text. */
  readonly error?: string
  readonly reason?: string
}

export interface FileChunk extends Kept {
  readonly type: 'file'
  readonly url: string
  readonly mediaType: string
  readonly name?: string
  readonly size?: number
}

export interface SourceChunk extends Kept {
  readonly type: 'source'
  readonly url?: string
  readonly title?: string
  readonly mediaType?: string
  readonly snippet?: string
}

export interface DataChunk extends Kept {
  readonly type: 'data'
  readonly name: string
  /** JSON. */
  readonly value: unknown
  /** A further chunk of the same name and id replaces the part. */
  readonly id?: string
}

/** Sets keys of the answer's metadata; the others stay. */
export interface MetadataChunk {
  readonly type: 'metadata'
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Says why the answer ended. The answer is over once the iterable ends. */
export interface FinishChunk {
  readonly type: 'finish'
  readonly reason?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Tells everyone who looks right now; never stored. `value` is JSON of at most 4,096 bytes. */
export interface BroadcastChunk {
  readonly type: 'broadcast'
  readonly name: string
  readonly value: unknown
}

/** A piece of an answer, as `respond` gives it. A string is text. */
export type AnswerChunk =
  | string
  | TextChunk
  | ToolChunk
  | FileChunk
  | SourceChunk
  | DataChunk
  | MetadataChunk
  | FinishChunk
  | BroadcastChunk

type ChunkType = Exclude<AnswerChunk, string>['type']

const text = { text: isString, id: optional(isId), private: optional(isObject) }

const fields: { readonly [Type in ChunkType]: Readonly<Record<string, Check<unknown>>> } = {
  text,
  reasoning: text,
  tool: {
    toolCallId: isId,
    name: optional(isString),
    state: oneOf('streaming', 'input', 'approval', 'running', 'output', 'error', 'denied'),
    inputText: optional(isString),
    error: optional(isString),
    reason: optional(isString),
    private: optional(isObject),
  },
  file: {
    url: isString,
    mediaType: isString,
    name: optional(isString),
    size: optional(isCount),
    private: optional(isObject),
  },
  source: {
    url: optional(isString),
    title: optional(isString),
    mediaType: optional(isString),
    snippet: optional(isString),
    private: optional(isObject),
  },
  data: { name: isString, value: isDefined, id: optional(isId), private: optional(isObject) },
  metadata: { metadata: isObject },
  finish: { reason: optional(isString), metadata: optional(isObject) },
  broadcast: { name: isId, value: isDefined },
}

const isType = (type: unknown): type is ChunkType => isString(type) && Object.hasOwn(fields, type)

/**
 * A chunk as it may be stored: checked, and a copy if it holds values, so that the app may go on changing them.
 *
 * @throws AppError `internal`, which names the bad field in `details.field`.
 */
export function checkChunk(given: unknown): AnswerChunk {
  if (isString(given)) return given
  if (!isObject(given)) throw badChunk('chunk', 'it is neither a string nor an object')
  const { type } = given
  if (!isType(type)) throw badChunk('chunk.type', 'there is no such type')
  const wrong = badField(given, fields[type])
  if (wrong !== undefined) throw badChunk(`chunk.${wrong}`, 'it is missing or wrong')
  // Texts come by the thousand, and nothing in them can change or fail.
  if ((type === 'text' || type === 'reasoning') && given.private === undefined)
    return given as unknown as TextChunk
  const copy = jsonCopy(given)
  if (type === 'broadcast' && Buffer.byteLength(JSON.stringify(copy.value)) > MAX_BROADCAST_BYTES)
    throw badChunk('chunk.value', `it is larger than ${MAX_BROADCAST_BYTES} bytes`)
  return copy as unknown as AnswerChunk
}

function jsonCopy(chunk: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const name in chunk) {
    const value = chunk[name]
    if (value === undefined) continue
    copy[name] = isObject(value) || Array.isArray(value) || !isPlain(value) ? parsed(value, name) : value
  }
  return copy
}

const isPlain = (value: unknown) => isString(value) || typeof value === 'boolean' || Number.isFinite(value)

/** The functions that copy and send a stored value recurse: deeper JSON would overflow them, and end each later answer too. */
export const storedBounds: JsonBounds = { levels: 500, values: Number.POSITIVE_INFINITY }

function parsed(value: unknown, name: string): unknown {
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch (cause) {
    throw badChunk(`chunk.${name}`, 'it is no JSON', cause)
  }
  if (json === undefined) throw badChunk(`chunk.${name}`, 'it is no JSON')
  const copy: unknown = JSON.parse(json)
  if (!isFlatJson(copy, storedBounds)) throw badChunk(`chunk.${name}`, 'it nests too deeply')
  return copy
}

/** The app's mistake, which a further try would repeat. */
const badChunk = (field: string, reason: string, cause?: unknown) =>
  new AppError({
    code: 'internal',
    message: `unable to use what respond gave; ${field}: ${reason}`,
    details: { field },
    cause,
  })
