import { nanoid } from 'nanoid'
import type { ChatMessage, RespondRequest } from 'reconvene/server'
import { type Clock, systemClock } from '../../src/shared/clock.js'
import { delay } from '../../src/shared/delay.js'
import { type ScriptLine, scriptFor } from './scripts.js'

export interface ScriptedResponderOptions {
  /** Milliseconds between words. @default 30 */
  readonly paceMs?: number
  /** Makes each run's words its own, so that a test sees when two runs are mixed. @default no marks */
  readonly mark?: (run: number) => string
  /** @default systemClock */
  readonly clock?: Clock
  /** For the ids of tool calls. @default nanoid */
  readonly createId?: () => string
}

/** Stands in for a model: the words of the message choose the script, and the answer comes word by word. */
export class ScriptedResponder {
  readonly #options: Required<ScriptedResponderOptions>
  #runs = 0

  constructor(options: ScriptedResponderOptions = {}) {
    this.#options = { paceMs: 30, mark: () => '', clock: systemClock, createId: nanoid, ...options }
  }

  /** How many runs have begun: every try of every attempt counts. */
  get runs() {
    return this.#runs
  }

  async *respond({
    input,
    messages,
    signal,
  }: Pick<RespondRequest, 'input' | 'messages' | 'signal'>): AsyncGenerator<ScriptLine, void, void> {
    const { paceMs, clock, createId, mark } = this.#options
    this.#runs += 1
    const prefix = mark(this.#runs)
    for (const line of scriptFor({ input, messages, question: textOf(messages), createId })) {
      for (const chunk of chunksOf(line, prefix)) {
        if (paceMs > 0) await delay(paceMs, { clock, signal })
        yield chunk
      }
    }
  }
}

function* chunksOf(line: ScriptLine, prefix: string): Generator<ScriptLine, void, void> {
  if (line.type !== 'text' && line.type !== 'reasoning') yield line
  else for (const word of wordsOf(line.text)) yield { type: line.type, text: prefix + word }
}

/** Pieces as a model streams them: a word with the space after it, or one Chinese character. Joined they are the text. */
export function wordsOf(text: string): string[] {
  return text.match(/[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+\s*|\s+/gu) ?? []
}

function textOf(messages: readonly ChatMessage[]): string {
  const question = messages.findLast(({ role }) => role === 'user')
  const texts = question?.parts.map((part) => (part.type === 'text' ? part.text : ''))
  return texts?.join('').trim() ?? ''
}
