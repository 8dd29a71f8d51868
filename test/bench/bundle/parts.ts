import type { BenchTable } from '../bench.js'
import type { Sizes } from './bundle.js'

// The first that a module's path matches is its part.
const parts: readonly (readonly [string, RegExp])[] = [
  ['texts of errors, two languages', /src\/errors\/locales\//],
  ['logging without secrets', /src\/errors\/(create-redact|core-redact|error-class|log-fields|stack-frames)/],
  ['translation of errors', /src\/errors\//],
  ['retries', /src\/recovery\//],
  ['decoding', /src\/(protocol|codec)\//],
  ['connection', /src\/connection\//],
  ['the log: order, gaps, snapshots, and the fold of its events', /src\/(event-log|message)\//],
  ['intents that outlive the page, and who of several tabs sends', /src\/storage\//],
  ['outbox and delivery', /src\/delivery\//],
  ['conversation', /src\/conversation\//],
  ['client and its options', /src\/chat-/],
  ['React', /src\/react\//],
  ['shared helpers', /src\/shared\//],
  ['eventemitter3', /eventemitter3/],
  ['nanoid and the bundler’s own', /./],
]

/** Which part of the code is how much of the bundle, the largest first. */
export function tableOfParts({ modules, brotli }: Sizes): BenchTable {
  const lengths = new Map<string, number>()
  let all = 0
  for (const [id, length] of modules) {
    const [name] = parts.find(([, pattern]) => pattern.test(id)) ?? ['']
    lengths.set(name, (lengths.get(name) ?? 0) + length)
    all += length
  }
  const largestFirst = [...lengths].sort(([, a], [, b]) => b - a)
  return {
    caption: 'What `ChatClient` and `useChat` are made of, by the share of the code before minifying',
    columns: ['part', 'share', 'that share of the brotli'],
    rows: largestFirst.map(([name, length]) => [
      name,
      `${((100 * length) / all).toFixed(1)} %`,
      `${((brotli * length) / all / 1000).toFixed(1)} kB`,
    ]),
  }
}
