import type { AnswerChunk, ChatPart, RespondRequest } from '../../src/server/index.js'
import type { Clock } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'

export interface WordResponderOptions {
  readonly clock: Clock
  /** @default 10 */
  readonly words?: number
  /** Milliseconds before each word. @default 10 */
  readonly pace?: number
  /** The number before that of the first run. @default 0 */
  readonly startAfter?: number
  /** The number of a run that begins, if several responders count together. @default counted here */
  readonly nextRun?: () => number
  /** Thrown by run number `run`, counted from 1, before word number `word`; undefined lets it go on. */
  readonly fail?: (run: number, word: number) => unknown
  /** The state of a tool call after the last word of a run; no call where there is none. @default none */
  readonly tool?: (run: number) => 'input' | 'approval' | false
}

/** Answers with words that each carry the number of their run, so that a text mixed from two runs is seen. */
export class WordResponder {
  runs: number
  readonly asked: string[] = []
  readonly #options: WordResponderOptions

  constructor(options: WordResponderOptions) {
    this.#options = options
    this.runs = options.startAfter ?? 0
  }

  async *respond({ input, messages, signal }: RespondRequest): AsyncGenerator<AnswerChunk> {
    const { clock, words = 10, pace = 10, fail, tool, nextRun } = this.#options
    this.runs += 1
    const run = nextRun?.() ?? this.runs
    this.asked.push(
      messages
        .at(-1)
        ?.parts.map((part) => ('text' in part ? part.text : ''))
        .join('') ?? '',
    )
    const call = input?.kind === 'tool' ? input.tool_call_id : undefined
    const running = messages.flatMap(({ parts }) => parts).filter(isRunning)
    const approved = running.find(({ toolCallId }) => toolCallId === call)
    if (approved) yield { type: 'tool', toolCallId: approved.toolCallId, state: 'output', output: run }
    for (let word = 1; word <= words; word++) {
      await delay(pace, { clock, signal })
      const error = fail?.(run, word)
      if (error !== undefined) throw error
      yield { type: 'text', text: `r${run}w${word} ` }
    }
    const state = tool?.(run)
    if (state) yield { type: 'tool', toolCallId: `call-${run}`, name: 'ask', state, input: {} }
  }
}

type ToolCall = Extract<ChatPart, { type: 'tool' }>

const isRunning = (part: ChatPart): part is ToolCall => part.type === 'tool' && part.state === 'running'

/** The whole text that run number `run` gives. */
export const wordsOf = (run: number, words = 10) =>
  Array.from({ length: words }, (_, index) => `r${run}w${index + 1} `).join('')
