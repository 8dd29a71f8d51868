import { describe, expect, it } from 'vitest'
import { redact as coreRedact } from '../../src/errors/core-redact.js'
import { logFields } from '../../src/errors/log-fields.js'
import { redact } from '../../src/errors/redact.js'
import { translateError } from '../../src/errors/translate-error.js'

// Each would send a pattern that backtracks through the whole text, again from every place in it.
const pieces = [
  ...[
    'a',
    ' ',
    'a ',
    '/',
    '/a',
    ' /a b',
    '\\',
    'c:\\',
    '://',
    '@',
    'a@',
    '"',
    "'",
    '\n',
    '-',
    '--',
    '_',
    '1',
    '=',
  ],
  ...[
    'password',
    'password ',
    'password=',
    'password="',
    'a password ',
    'token  ',
    'cookie:',
    'authorization ',
  ],
  ...[
    'bearer ',
    'digest a',
    'eyJ',
    '-eyJ',
    'sk-',
    '-----BEGIN',
    '-----BEGIN-----',
    'KeyError',
    'a.',
    'A1',
    'aB',
  ],
  ...[
    '\n    at f (a.js:1:1',
    '\n@',
    'deadbeef-',
    '：',
    '密码',
    '%2',
    '%25',
    '&#',
    '\\x',
    '\\u00',
    'name="',
    '", "',
  ],
  ...[
    ' of a is ',
    '-u a',
    'a:\n ',
    '[',
    '(',
    'ERR_',
    'ABCDE_: ',
    'net::',
    'status ',
    'timed out ',
    'ratelimit',
  ],
]

/**
 * Milliseconds of the fastest of several runs: what else the machine does can only add to them. A run of less than `enough` is the
 * last, because no further run would change the verdict.
 */
function fastest(runs: number, work: () => unknown, enough = 0): number {
  let least = Number.POSITIVE_INFINITY
  for (let count = 0; count < runs && least >= enough; count++) {
    const started = performance.now()
    work()
    least = Math.min(least, performance.now() - started)
  }
  return least
}

const of = (piece: string, size: number) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size)

function readAll(text: string) {
  redact({ text, [text]: [text], list: [text, text] })
  coreRedact(text)
  const error = new Error(text)
  error.name = text
  const stackOnly = Object.assign(new Error('m'), { stack: text })
  const event = { error_code: text, type: 'error', error: text, code: text }
  const answer = {
    status: 429,
    retryAfter: text,
    headers: { [text]: text, 'x-ratelimit-reset': text, ratelimit: text },
  }
  for (const raw of [text, error, stackOnly, event, answer]) logFields(translateError(raw, { locale: text }))
}

describe('a hostile text', () => {
  // Eight times the text takes linear work eight times as long, and quadratic work 64 times. What a long text is cut to
  // is read here, and the longest texts below.
  it.each(pieces)('made of %j takes no more than its share of time if it is longer', (piece) => {
    readAll(of(piece, 500))
    const short = fastest(10, () => readAll(of(piece, 500)))
    const limit = 24 * short
    expect(fastest(10, () => readAll(of(piece, 4000)), limit)).toBeLessThan(limit)
  })

  it.each(pieces)('of a megabyte made of %j is cut before it is read', (piece) => {
    const [long, longer] = [of(piece, 125_000), of(piece, 1_000_000)]
    const limit = 24 * fastest(2, () => readAll(long))
    expect(fastest(10, () => readAll(longer), limit)).toBeLessThan(limit)
  })
})
