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

interface Dialect {
  readonly name: string
  readonly ai: AnyAi
  readonly Model: AnyModel
  /** How its providers say that they have ended. */
  readonly finish: (reason: string) => object
  /** How its providers give a file's bytes. */
  readonly file?: (base64: string) => unknown
}

function version({ name, ai, Model, finish, file = (base64) => base64 }: Dialect): Version {
  const native = (part: ProviderPart) => {
    if (part.type === 'finish') return { type: 'finish', ...finish(String(part.reason)) }
    return part.type === 'file' ? { ...part, data: file(String(part.data)) } : part
  }
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
                for (const part of parts) controller.enqueue(native(part))
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

const finish = (reason: string) => ({
  finishReason: { unified: reason, raw: reason },
  usage: { inputTokens: count(3), outputTokens: count(5) },
})

// Needs a newer Node than this package, so npm leaves it out on an older one.
const [ai7, mock7] = await Promise.all(
  ['ai-7', 'ai-7/test'].map((name) => import(/* @vite-ignore */ name).catch(() => null)),
)

export const versions: readonly Version[] = [
  version({
    name: '5',
    ai: ai5 as unknown as AnyAi,
    Model: mock5.MockLanguageModelV2 as unknown as AnyModel,
    finish: (reason) => ({
      finishReason: reason,
      usage: { inputTokens: 3, outputTokens: 5, totalTokens: 8 },
    }),
  }),
  version({
    name: '6',
    ai: ai6 as unknown as AnyAi,
    Model: mock6.MockLanguageModelV3 as unknown as AnyModel,
    finish,
  }),
  ...(ai7 && mock7
    ? [
        version({
          name: '7',
          ai: ai7,
          Model: mock7.MockLanguageModelV4,
          finish,
          file: (data) => ({ type: 'data', data }),
        }),
      ]
    : []),
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
