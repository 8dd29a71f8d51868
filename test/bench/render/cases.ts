import type { RenderCase } from './page/run-case.js'

export interface NamedCase extends RenderCase {
  readonly name: string
  readonly contenders: readonly string[]
}

const all = [
  'dom-floor',
  'react-floor',
  'state-floor',
  'reconvene',
  'bare-socket',
  'ai-sdk',
  'ai-sdk-throttled',
  'tanstack',
] as const
const few = ['dom-floor', 'react-floor', 'state-floor', 'reconvene'] as const

const paced = { deltas: 2000, rate: 1000, conversations: 1, hidden: false }

/** Beside an answer of 200 deltas a second. */
const beside = {
  ...paced,
  deltas: 600,
  rate: 200,
  history: 10,
  contenders: all.filter((name) => name !== 'dom-floor'),
}

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
  { name: 'a transition to a screen of 60 ms', ...beside, screen: 60 },
  { name: 'a transition to a screen of 300 ms', ...beside, screen: 300 },
  { name: 'the answer deferred, in a row that takes 40 ms to render', ...beside, deltas: 400, slowText: 40 },
]

/** The same work over a hundred times as many messages. */
export const manyMessages = {
  few: { ...paced, history: 200, deltas: 1000 },
  many: { ...paced, history: 20_000, deltas: 1000 },
} as const satisfies Record<string, RenderCase>
