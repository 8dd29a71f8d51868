import { type ChatMessage, messageText } from '../../src/index.js'

export interface Question {
  /** Of the answer. */
  readonly words: number
  /** The word before which the answer waits for its blow; -1: never. */
  readonly blowAt: number
}

export const ask = ({ words, blowAt }: Question, number: number) =>
  `question ${number}: ${words} words, blow at ${blowAt}`

export function readQuestion(message: ChatMessage | undefined): Question {
  const [, words, blowAt] = /: (\d+) words, blow at (-?\d+)$/.exec(message ? messageText(message) : '') ?? []
  return { words: Number(words), blowAt: Number(blowAt) }
}

export const wordOf = (run: string, number: number) => `${run}:${number} `

/** Whether it is the whole answer of one run, each word once and in order. */
export function isWhole(text: string, words: number): boolean {
  const run = text.split(':')[0] ?? ''
  return text === Array.from({ length: words }, (_, number) => wordOf(run, number)).join('')
}
