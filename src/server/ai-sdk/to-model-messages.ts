import type { ChatMessage, ChatPart, DataPart, FilePart, ToolPart } from '../../message/message.js'
import { type JsonValue, type ProviderData, privateOf } from './private-data.js'

/** A part of a message to a model, as the AI SDK reads it. */
export interface ModelPart {
  readonly type: string
  readonly [field: string]: unknown
}

/** A message to a model, as the AI SDK reads it. */
export interface ModelMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly content: string | readonly ModelPart[]
}

export interface ModelMessagesOptions {
  /** The text of a data part for the model. @default nothing: what is in it only the app knows */
  readonly data?: (part: DataPart, message: ChatMessage) => ModelPart | undefined
  /** A tool's output for the model, in the AI SDK's form. @default a text for a string, JSON for anything else */
  readonly toolOutput?: (part: ToolPart) => { readonly type: string; readonly value?: unknown } | undefined
}

/**
 * A conversation as the AI SDK's `streamText` takes it, versions 5 to 7, with what the provider had wanted back. The type of
 * the messages follows from where they are used.
 *
 * The model is told of unanswered calls as such, because providers refuse a call without a result. An approved call comes last,
 * so that the AI SDK runs it.
 */
export function toModelMessages<Message = ModelMessage>(
  messages: readonly ChatMessage[],
  options: ModelMessagesOptions = {},
): Message[] {
  const converted: ModelMessage[] = []
  const approved: Block[] = []
  for (const message of messages) {
    if (message.role !== 'assistant') {
      const other = message.role === 'user' ? userMessage(message, options) : systemMessage(message)
      if (other.content.length > 0) converted.push(other)
      continue
    }
    for (const block of blocksOf(message)) {
      const isLast = message === messages.at(-1) && block === blocksOf(message).at(-1)
      const [waiting, rest] = isLast ? [[], block] : withoutApproved(block)
      if (waiting.length > 0) approved.push(waiting)
      converted.push(...blockMessages(rest, message, options))
    }
  }
  for (const block of approved) converted.push(...blockMessages(block, undefined, options))
  return converted as Message[]
}

type Block = readonly ChatPart[]

const systemMessage = ({ parts }: ChatMessage): ModelMessage => ({
  role: 'system',
  content: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
})

const userMessage = (message: ChatMessage, options: ModelMessagesOptions): ModelMessage => ({
  role: 'user',
  content: message.parts.flatMap((part) => plainPart(part, message, options)),
})

/** The parts of each model call that made the answer. */
function blocksOf({ parts }: ChatMessage): Block[] {
  const blocks: ChatPart[][] = []
  let step = 0
  for (const part of parts) {
    const { step: own = 1 } = privateOf(part)
    // A part that a server wrote without a step of its own belongs to the one before.
    const next = Math.max(step, own)
    if (next !== step) blocks.push([])
    step = next
    blocks.at(-1)?.push(part)
  }
  return blocks
}

const isApproved = (part: ChatPart): part is ToolPart =>
  part.type === 'tool' && part.state === 'running' && privateOf(part).approvalId !== undefined

const withoutApproved = (block: Block): [waiting: Block, rest: Block] => [
  block.filter(isApproved),
  block.filter((part) => !isApproved(part)),
]

/** One model call as the model reads it back: what it said, and the results of its tools. */
function blockMessages(
  block: Block,
  message: ChatMessage | undefined,
  options: ModelMessagesOptions,
): ModelMessage[] {
  const content: ModelPart[] = []
  const results: ModelPart[] = []
  for (const part of block) {
    if (part.type === 'tool') {
      content.push(...callParts(part, options))
      results.push(...resultParts(part, options))
    } else if (part.type === 'reasoning')
      content.push({
        type: 'reasoning',
        text: part.text,
        ...providerOptions(privateOf(part).providerMetadata),
      })
    else content.push(...plainPart(part, message, options))
  }
  const said: ModelMessage[] = content.length > 0 ? [{ role: 'assistant', content }] : []
  return results.length > 0 ? [...said, { role: 'tool', content: results }] : said
}

function plainPart(
  part: ChatPart,
  message: ChatMessage | undefined,
  { data }: ModelMessagesOptions,
): ModelPart[] {
  const { providerMetadata, kind } = privateOf(part)
  if (part.type === 'text')
    return part.text === '' && !providerMetadata
      ? []
      : [{ type: 'text', text: part.text, ...providerOptions(providerMetadata) }]
  if (part.type === 'file') return [filePart(part)]
  if (part.type !== 'data') return []
  if (kind === 'custom') return [{ type: 'custom', kind: part.name, ...providerOptions(providerMetadata) }]
  const converted = message && data?.(part, message)
  return converted ? [converted] : []
}

function filePart(part: FilePart): ModelPart {
  const { providerMetadata, kind = 'file' } = privateOf(part)
  return {
    type: kind,
    data: URL.canParse(part.url) ? new URL(part.url) : part.url,
    mediaType: part.mediaType,
    ...(part.name !== undefined && { filename: part.name }),
    ...providerOptions(providerMetadata),
  }
}

/** Cut off while the model was still writing the input: there was no call. */
const isCall = ({ input, state }: ToolPart) => input !== undefined && state !== 'streaming'

function callParts(part: ToolPart, options: ModelMessagesOptions): ModelPart[] {
  if (!isCall(part)) return []
  const { toolCallId, name: toolName, input, state } = part
  const { providerExecuted, providerMetadata, resultMetadata, approvalId, signature, inputSchemaInput } =
    privateOf(part)
  const call: ModelPart = {
    type: 'tool-call',
    toolCallId,
    toolName,
    input,
    ...(providerExecuted && { providerExecuted }),
    ...providerOptions(providerMetadata),
  }
  const request: ModelPart[] =
    approvalId === undefined || state === 'approval'
      ? []
      : [
          {
            type: 'tool-approval-request',
            approvalId,
            toolCallId,
            ...(signature !== undefined && { signature }),
            ...(inputSchemaInput !== undefined && { inputSchemaInput }),
          },
        ]
  const hasEnded = state === 'output' || state === 'error'
  if (!providerExecuted || !hasEnded) return [call, ...request]
  const result = { type: 'tool-result', toolCallId, toolName, output: outputOf(part, options) }
  return [call, ...request, { ...result, ...providerOptions(resultMetadata ?? providerMetadata) }]
}

function resultParts(part: ToolPart, options: ModelMessagesOptions): ModelPart[] {
  if (!isCall(part)) return []
  const { toolCallId, name: toolName, state, reason } = part
  const { providerExecuted, providerMetadata, approvalId } = privateOf(part)
  const wasAnswered = approvalId !== undefined && state !== 'approval'
  const response: ModelPart[] = wasAnswered
    ? [
        {
          type: 'tool-approval-response',
          approvalId,
          approved: state !== 'denied',
          ...(reason !== undefined && { reason }),
          ...(providerExecuted && { providerExecuted }),
        },
      ]
    : []
  // An approved call that has no result yet is run by the AI SDK.
  if (providerExecuted || (wasAnswered && state === 'running')) return response
  const output = outputOf(part, options)
  return [
    ...response,
    { type: 'tool-result', toolCallId, toolName, output, ...providerOptions(providerMetadata) },
  ]
}

function outputOf(part: ToolPart, { toolOutput }: ModelMessagesOptions): { type: string; value?: unknown } {
  const { state, output, error, reason } = part
  if (state === 'output')
    return (
      toolOutput?.(part) ??
      (typeof output === 'string'
        ? { type: 'text', value: output }
        : { type: 'json', value: (output ?? null) as JsonValue })
    )
  if (state === 'error') return { type: 'error-text', value: privateOf(part).errorText ?? error ?? 'failed' }
  if (state === 'denied') return { type: 'error-text', value: reason ?? 'The person declined this call.' }
  return { type: 'error-text', value: 'Nobody has answered this call.' }
}

const providerOptions = (data: ProviderData | undefined) => (data ? { providerOptions: data } : {})
