import { describe, expect, it } from 'vitest'
import { AppError, UnauthorizedError } from '../../src/errors/app-error.js'
import { logFields } from '../../src/errors/log-fields.js'
import { redact } from '../../src/errors/redact.js'
import { translateError } from '../../src/errors/translate-error.js'

describe('logFields', () => {
  it('names class, code, category and correlation id, and where it was thrown', () => {
    const cause = new RangeError('canary')
    cause.stack =
      'RangeError: canary\n    at deep (/home/ann/src/app.ts:10:5)\n    at async run (https://x.com/assets/index-B3x.js:1:2)'
    const error = new AppError({ message: 'canary', code: 'internal', correlationId: 'c-1', cause })
    expect(logFields(error)).toEqual({
      error: 'RangeError',
      code: 'internal',
      category: 'system',
      correlationId: 'c-1',
      stack: ['app.ts:10:5', 'index-B3x.js:1:2'],
    })
  })

  it('reads the stacks of Firefox and Safari', () => {
    const cause = new Error('m')
    cause.stack = 'send@https://x.com/app.js:10:5\n@https://x.com/b.mjs:2:3\n'
    expect(logFields(translateError(cause)).stack).toEqual(['app.js:10:5', 'b.mjs:2:3'])
  })

  it('points at this file for a real error', () => {
    const { stack } = logFields(translateError(new Error('m')))
    expect(stack).toEqual(expect.arrayContaining([expect.stringMatching(/^log-fields\.test\.ts:\d+:\d+$/)]))
  })

  it('does not take lines of the message for frames', () => {
    const cause = new Error('boom\n    at canary (canary.js:1:1)')
    expect(JSON.stringify(logFields(translateError(cause)))).not.toContain('canary')
  })

  it.each([
    ['a card number for a line', 'at f (/x/a.js:4111111111111111:1)', []],
    ['a card number for a column', 'at f (/x/a.js:1:4111111111111111)', []],
    ['a phone number for a file', 'at f (/x/13800138000.js:1:1)', ['[redacted].js:1:1']],
    ['a key for a file', 'at f (/x/Zx9Qw4Rt7Yu2Ip5.js:1:1)', ['[redacted].js:1:1']],
    ['a key within a name', 'at f (/x/key-q7w8e9r0t1y2u3.js:1:1)', ['key-[redacted].js:1:1']],
    ['a key with a prefix', 'at f (/x/sk-live-abcdefgh.js:1:1)', ['[redacted]:1:1']],
    ['a query with a token', 'at f (/x/a.js?token=canary:1:1)', ['a.js:1:1']],
    ['a folder that is a name', 'at canary (/home/canary/a.js:1:1)', ['a.js:1:1']],
    ['a text before the place', 'at the canary said (a.js:1:1) canary', []],
    ['a text in the other form', 'at f (/x/a.js:1:1)\ncanary@canary.js:1:1', ['a.js:1:1']],
    ['no file of a source', 'at canary (/x/canary.txt:1:1)', []],
    ['an endless name', `at f (/x/${'canary'.repeat(60)}.js:1:1)`, []],
  ])('lets nothing pass of %s', (_, frame, expected) => {
    const error = Object.assign(new Error('m'), { stack: `Error: n\n    ${frame}\n` })
    expect(logFields(translateError(error)).stack).toEqual(expected)
    expect(JSON.stringify(redact({ error }))).not.toMatch(/canary|4111111|138001|Qw4R|w8e9|abcdefgh/)
  })

  it.each([
    'index-B3xk9Q2d.js',
    'chunk-5QPH3KMN.js',
    'main.4f2a1b9c.chunk.js',
    'use-chat.test.tsx',
    'vendor~a_b.mjs',
  ])('keeps the name of a file as bundlers and people write it: %s', (file) => {
    const error = Object.assign(new Error('m'), {
      stack: `Error: m\n    at f (https://x.com/assets/${file}:12:345)`,
    })
    expect(logFields(translateError(error)).stack).toEqual([`${file.replace(/.*~/, '')}:12:345`])
  })

  it('speaks of the error itself where it has no cause, and uses its stack where the cause has none', () => {
    expect(logFields(new UnauthorizedError())).toMatchObject({ error: 'UnauthorizedError' })
    const { error, stack } = logFields(translateError("'user_canary'"))
    expect(error).toBe('string')
    expect(stack).toEqual(expect.arrayContaining([expect.stringContaining('log-fields.test.ts')]))
  })

  it.each([
    [Object.assign(new Error('m'), { name: 'user_60f2' }), 'object'],
    [Object.assign(new Error('m'), { name: '$ZodError' }), '$ZodError'],
    [new DOMException('m', 'AbortError'), 'AbortError'],
    [() => 1, 'function'],
    [{ name: 7 }, 'object'],
  ])('takes the name of %s only where it looks like a class', (cause, expected) => {
    expect(logFields(translateError(cause)).error).toBe(expected)
  })
})
