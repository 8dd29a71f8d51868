import { AppError } from '../../errors/app-error.js'
import { read, readString } from '../../errors/read.js'
import { isObject, isString } from '../../protocol/is.js'
import type { AnswerChunk, ToolChunk } from '../answer-chunk.js'
import { fromModelError } from './model-error.js'
import type { AiSdkOptions } from './options.js'
import type { AiPrivate, ProviderData } from './private-data.js'

type Part = Readonly<Record<string, unknown>>
type Block = { readonly type: 'text' | 'reasoning'; readonly id: string; kept: AiPrivate | null }

// Enough for a model to understand what went wrong.
const maxErrorText = 4_000

/**
 * Reads the parts of one stream in order, and gives the chunks that they make. It understands `fullStream` of `streamText`
 * and the chunks of a UI message stream: both name the same things nearly alike. Parts that it does not know are left out.
 */
export class StreamReader {
  readonly #options: AiSdkOptions
  #step = 0
  #blocks = 0
  readonly #open = new Map<string, Block>()
  /** Calls of this step that have not run yet, and that the app's client may have to run. */
  readonly #unrun = new Set<string>()

  constructor(options: AiSdkOptions) {
    this.#options = options
  }

  /** @throws AppError if the stream says that the model call failed. */
  async read(part: unknown): Promise<readonly AnswerChunk[]> {
    if (!isObject(part) || !isString(part.type)) return []
    const metadata = this.#metadata(part)
    const chunks = part.type.startsWith('data-') ? [dataChunk(part)] : await this.#chunks(part)
    return metadata ? [...chunks, { type: 'metadata', metadata }] : chunks
  }

  #metadata(part: Part): Readonly<Record<string, unknown>> | undefined {
    const metadata = this.#options.metadata?.(part) ?? part.messageMetadata
    return isObject(metadata) ? metadata : undefined
  }

  async #chunks(part: Part): Promise<readonly AnswerChunk[]> {
    switch (part.type) {
      case 'start-step':
        this.#step += 1
        return []
      case 'text-start':
      case 'reasoning-start':
        this.#begin(part)
        return []
      case 'text-delta':
      case 'reasoning-delta':
        return this.#grow(part)
      case 'text-end':
      case 'reasoning-end':
        return this.#end(part)
      case 'file':
      case 'reasoning-file':
        return [await this.#file(part)]
      case 'source':
      case 'source-url':
      case 'source-document':
        return [this.#source(part)]
      case 'custom':
        return [
          { type: 'data', name: String(part.kind), value: null, ...this.#keep(part, { kind: 'custom' }) },
        ]
      case 'finish-step':
        return this.#endStep(part)
      case 'finish':
        return [this.#finish(part)]
      case 'abort':
        throw new AppError({ code: 'interrupted', message: 'unable to finish; the model call was aborted' })
      case 'error':
        throw 'errorText' in part
          ? new AppError({ code: 'unknown', message: String(part.errorText) })
          : fromModelError(part.error)
      default:
        return this.#tool(part)
    }
  }

  #begin(part: Part): Block {
    const type = String(part.type).startsWith('text') ? 'text' : 'reasoning'
    // A provider's ids begin anew with each step, and the log's must not.
    const kept = this.#private(part)
    const block: Block = {
      type,
      id: String(++this.#blocks),
      kept: Object.keys(kept).length > 0 ? kept : null,
    }
    this.#open.set(`${type} ${String(part.id)}`, block)
    return block
  }

  #block(part: Part): Block {
    const type = String(part.type).startsWith('text') ? 'text' : 'reasoning'
    return this.#open.get(`${type} ${String(part.id)}`) ?? this.#begin(part)
  }

  #grow(part: Part): readonly AnswerChunk[] {
    const block = this.#block(part)
    const text = String(part.text ?? part.delta ?? '')
    const { type, id } = block
    const metadata = providerData(part)
    const kept = metadata ? { ...block.kept, providerMetadata: metadata } : block.kept
    if (text === '' && type === 'text') {
      block.kept = kept
      return []
    }
    block.kept = null
    return [{ type, id, text, ...(kept && { private: { ...kept } }) }]
  }

  #end(part: Part): readonly AnswerChunk[] {
    const block = this.#block(part)
    const { type, id } = block
    this.#open.delete(`${type} ${String(part.id)}`)
    const metadata = providerData(part)
    const kept = metadata ? { ...block.kept, providerMetadata: metadata } : block.kept
    // Reasoning may have no text at all, and still be wanted back.
    if (!kept?.providerMetadata) return []
    return [{ type, id, text: '', private: { ...kept } }]
  }

  async #file(part: Part): Promise<AnswerChunk> {
    const kind = part.type === 'reasoning-file' ? ({ kind: 'reasoning-file' } as const) : {}
    if (isString(part.url))
      return { type: 'file', url: part.url, mediaType: String(part.mediaType), ...this.#keep(part, kind) }
    const mediaType = String(read(part.file, 'mediaType'))
    const base64 = String(read(part.file, 'base64'))
    const { fileUrl } = this.#options
    const url = fileUrl
      ? await fileUrl({ mediaType, bytes: Buffer.from(base64, 'base64') })
      : `data:${mediaType};base64,${base64}`
    return { type: 'file', url, mediaType, ...this.#keep(part, kind) }
  }

  #source(part: Part): AnswerChunk {
    const { url, mediaType } = part
    const title = part.title ?? part.filename
    return {
      type: 'source',
      ...(isString(url) && { url }),
      ...(isString(title) && { title }),
      ...(isString(mediaType) && { mediaType }),
      ...this.#keep(part),
    }
  }

  #tool(part: Part): readonly AnswerChunk[] {
    const call = isObject(part.toolCall) ? part.toolCall : part
    const id = part.type === 'tool-input-delta' ? (part.toolCallId ?? part.id) : (call.toolCallId ?? part.id)
    if (!isString(id)) return []
    const base = {
      type: 'tool',
      toolCallId: id,
      ...(isString(call.toolName) && { name: call.toolName }),
    } as const
    switch (part.type) {
      case 'tool-input-start':
        return [{ ...base, state: 'streaming', ...this.#keep(part, executed(part)) }]
      case 'tool-input-delta':
        return [{ ...base, state: 'streaming', inputText: String(part.delta ?? part.inputTextDelta ?? '') }]
      case 'tool-call':
      case 'tool-input-available':
        if (part.providerExecuted !== true) this.#unrun.add(id)
        return [{ ...base, state: 'running', input: part.input ?? null, ...this.#keep(part, executed(part)) }]
      case 'tool-result':
      case 'tool-output-available': {
        if (part.preliminary !== true) this.#unrun.delete(id)
        const resultMetadata = providerData(part)
        return [
          {
            ...base,
            state: part.preliminary === true ? 'running' : 'output',
            output: part.output ?? null,
            ...(resultMetadata && { private: { resultMetadata } }),
          },
        ]
      }
      case 'tool-error':
      case 'tool-output-error':
      case 'tool-input-error':
        this.#unrun.delete(id)
        return [this.#toolError(base, part)]
      case 'tool-output-denied':
        this.#unrun.delete(id)
        return [{ ...base, state: 'denied' }]
      case 'tool-approval-request':
        this.#unrun.delete(id)
        return [{ ...base, state: part.isAutomatic === true ? 'running' : 'approval', ...asked(part) }]
      case 'tool-approval-response':
        if (part.approved === true) this.#unrun.add(id)
        return [
          {
            ...base,
            state: part.approved === true ? 'running' : 'denied',
            ...(isString(part.reason) && { reason: part.reason }),
          },
        ]
      default:
        return []
    }
  }

  #toolError(base: Pick<ToolChunk, 'type' | 'toolCallId' | 'name'>, part: Part): ToolChunk {
    const error = part.errorText ?? part.error
    const errorText = readString(error, 'message') ?? (isString(error) ? error : JSON.stringify(error)) ?? ''
    return {
      ...base,
      state: 'error',
      error: this.#options.toolError?.(error) ?? 'failed',
      ...(part.input !== undefined && { input: part.input }),
      private: { errorText: errorText.slice(0, maxErrorText), ...executed(part) },
    }
  }

  /** Calls that have not run by the end of a step wait for the app, unless the model was cut off. */
  #endStep({ finishReason }: Part): readonly AnswerChunk[] {
    const wasCutOff = finishReason !== undefined && finishReason !== 'stop' && finishReason !== 'tool-calls'
    const ended = [...this.#unrun].map((toolCallId): ToolChunk => {
      const call = { type: 'tool', toolCallId } as const
      if (!wasCutOff) return { ...call, state: 'input' }
      const errorText = `The tool was not run, because the model stopped: ${String(finishReason)}.`
      return { ...call, state: 'error', error: 'failed', private: { errorText } }
    })
    this.#unrun.clear()
    this.#open.clear()
    return ended
  }

  #finish({ finishReason, totalUsage }: Part): AnswerChunk {
    return {
      type: 'finish',
      ...(isString(finishReason) && { reason: finishReason }),
      ...(isObject(totalUsage) && { metadata: { usage: totalUsage } }),
    }
  }

  #private(part: Part, more: AiPrivate = {}): AiPrivate {
    const providerMetadata = providerData(part)
    return {
      ...more,
      ...(this.#step > 1 && { step: this.#step }),
      ...(providerMetadata && { providerMetadata }),
    }
  }

  #keep(part: Part, more?: AiPrivate): { private?: Readonly<Record<string, unknown>> } {
    const kept = this.#private(part, more)
    return Object.keys(kept).length > 0 ? { private: { ...kept } } : {}
  }
}

const providerData = ({ providerMetadata }: Part): ProviderData | undefined =>
  isObject(providerMetadata) ? (providerMetadata as ProviderData) : undefined

const executed = ({ providerExecuted }: Part): AiPrivate =>
  providerExecuted === true ? { providerExecuted } : {}

function asked({ approvalId, signature, inputSchemaInput }: Part): Pick<ToolChunk, 'private'> {
  return {
    private: {
      approvalId: String(approvalId),
      ...(isString(signature) && { signature }),
      ...(inputSchemaInput !== undefined && { inputSchemaInput }),
    },
  }
}

function dataChunk({ type, id, data, transient }: Part): AnswerChunk {
  const name = String(type).slice('data-'.length)
  const value = data ?? null
  if (transient === true) return { type: 'broadcast', name, value }
  return { type: 'data', name, value, ...(isString(id) && { id }) }
}
