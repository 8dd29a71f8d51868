import type { RenderCase } from './page/run-case.js'

export interface NamedCase extends RenderCase {
  readonly name: string
  readonly contenders: readonly string[]
}

const all = [
  'dom-floor',
  'react-floor',
  'reconvene',
  'bare-socket',
  'ai-sdk',
  'ai-sdk-throttled',
  'tanstack',
] as const
const few = ['dom-floor', 'react-floor', 'reconvene'] as const

const paced = { deltas: 2000, rate: 1000, conversations: 1, hidden: false }

export const cases: readonly NamedCase[] = [
  { name: '10 messages, 1,000 deltas a second', ...paced, history: 10, contenders: few },
  { name: '200 messages, 1,000 deltas a second', ...paced, history: 200, contenders: all },
  { name: '1,000 messages, 1,000 deltas a second', ...paced, history: 1000, contenders: few },
  { name: '200 messages, 2,000 deltas in a burst', ...paced, rate: null, history: 200, contenders: all },
  { name: 'hidden tab', ...paced, history: 200, hidden: true, contenders: few },
  {
    name: '20 conversations, one shown, 100 deltas a second each',
    ...paced,
    deltas: 4000,
    rate: 2000,
    conversations: 20,
    history: 200,
    contenders: few,
  },
]

/** The same work over a hundred times as many messages. */
export const manyMessages = {
  few: { ...paced, history: 200, deltas: 1000 },
  many: { ...paced, history: 20_000, deltas: 1000 },
} as const satisfies Record<string, RenderCase>
