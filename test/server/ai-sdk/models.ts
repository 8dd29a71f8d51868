import * as ai5 from 'ai-5'
import * as mock5 from 'ai-5/test'
import * as ai6 from 'ai-6'
import * as mock6 from 'ai-6/test'

/** What a provider streams, without what differs between the versions. */
export type ProviderPart = { readonly type: string; readonly [field: string]: unknown }
type Prompt = readonly { readonly role: string; readonly content: unknown }[]

export interface ModelCall {
  readonly prompt: Prompt
  readonly abortSignal?: AbortSignal
}

type Script = (call: ModelCall, index: number) => readonly ProviderPart[] | Error | ReadableStream<unknown>

interface Settings {
  readonly messages: unknown
  readonly tools?: Readonly<Record<string, unknown>>
  readonly abortSignal?: AbortSignal
}

/** One version of the AI SDK with its own mock model, driven by a script. */
export interface Version {
  readonly name: string
  readonly hasApprovals: boolean
  /** A model and how it is called; `calls` are the prompts that reached it. */
  model(script: Script): { readonly calls: ModelCall[]; stream(settings: Settings): Streamed }
  readonly ai: {
    readonly APICallError: typeof ai6.APICallError
    readonly createUIMessageStream: typeof ai6.createUIMessageStream
  }
}

interface Streamed {
  readonly fullStream: AsyncIterable<unknown>
  toUIMessageStream(): AsyncIterable<unknown>
}

// Both versions take the same calls here; their types differ in what these tests do not look at.
type AnyAi = {
  streamText(settings: object): Streamed
  stepCountIs(count: number): unknown
  APICallError: typeof ai6.APICallError
  createUIMessageStream: typeof ai6.createUIMessageStream
}
type AnyModel = new (settings: {
  doStream(call: ModelCall): Promise<{ stream: ReadableStream<unknown> }>
}) => object

function version(name: string, ai: AnyAi, Model: AnyModel, finish: (reason: string) => object): Version {
  return {
    name,
    ai,
    hasApprovals: name !== '5',
    model(script) {
      const calls: ModelCall[] = []
      const model = new Model({
        doStream: async (call) => {
          calls.push({ ...call, prompt: structuredClone(call.prompt) })
          const parts = script(call, calls.length - 1)
          if (parts instanceof Error) throw parts
          if (parts instanceof ReadableStream) return { stream: parts }
          return {
            stream: new ReadableStream({
              start(controller) {
                controller.enqueue({ type: 'stream-start', warnings: [] })
                for (const part of parts)
                  controller.enqueue(
                    part.type === 'finish' ? { type: 'finish', ...finish(String(part.reason)) } : part,
                  )
                controller.close()
              },
            }),
          }
        },
      })
      return {
        calls,
        stream: (settings) =>
          ai.streamText({
            model,
            stopWhen: ai.stepCountIs(5),
            maxRetries: 0,
            onError: () => {},
            ...settings,
          }),
      }
    },
  }
}

const count = (total: number) => ({
  total,
  noCache: total,
  cacheRead: 0,
  cacheWrite: 0,
  text: total,
  reasoning: 0,
})

export const versions: readonly Version[] = [
  version('5', ai5 as unknown as AnyAi, mock5.MockLanguageModelV2 as unknown as AnyModel, (reason) => ({
    finishReason: reason,
    usage: { inputTokens: 3, outputTokens: 5, totalTokens: 8 },
  })),
  version('6', ai6 as unknown as AnyAi, mock6.MockLanguageModelV3 as unknown as AnyModel, (reason) => ({
    finishReason: { unified: reason, raw: reason },
    usage: { inputTokens: count(3), outputTokens: count(5) },
  })),
]

export const says = (text: string, id = '0'): ProviderPart[] => [
  { type: 'text-start', id },
  { type: 'text-delta', id, delta: text },
  { type: 'text-end', id },
]

export const calls = (toolCallId: string, toolName: string, input: object): ProviderPart[] => {
  const text = JSON.stringify(input)
  return [
    { type: 'tool-input-start', id: toolCallId, toolName },
    { type: 'tool-input-delta', id: toolCallId, delta: text.slice(0, 4) },
    { type: 'tool-input-delta', id: toolCallId, delta: text.slice(4) },
    { type: 'tool-input-end', id: toolCallId },
    { type: 'tool-call', toolCallId, toolName, input: text },
  ]
}

export const ends = (reason = 'stop'): ProviderPart => ({ type: 'finish', reason })
