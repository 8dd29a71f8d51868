import { describe, expect, it } from 'vitest'
import { logFields } from '../../src/errors/log-fields.js'
import { redact } from '../../src/errors/redact.js'
import { translateError } from '../../src/errors/translate-error.js'

// Each would send a pattern that backtracks through the whole text, again from every place in it.
const pieces = [
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
  'password',
  'password=',
  'password="',
  'token  ',
  'cookie:',
  'authorization ',
  'bearer ',
  'eyJ',
  '-eyJ',
  'sk-',
  '-----BEGIN',
  '-----BEGIN-----',
  'KeyError',
  'a.',
  '\n',
  '\n    at f (a.js:1:1',
  '\n@',
  'deadbeef-',
  '：',
]

describe('a hostile megabyte', () => {
  it.each(pieces)('made of %j is read in a moment', (piece) => {
    const text = piece.repeat(1_000_000 / piece.length)
    const started = performance.now()
    redact({ text, [text]: [text] })
    const error = new Error(text)
    error.name = text
    const stackOnly = Object.assign(new Error('m'), { stack: text })
    for (const raw of [
      text,
      error,
      stackOnly,
      { error_code: text, type: 'error', error: text, code: text },
    ]) {
      logFields(translateError(raw, { locale: text }))
    }
    // Linear work takes a few milliseconds, quadratic work minutes; the bound leaves room for a busy machine.
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
