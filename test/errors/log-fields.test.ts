import { describe, expect, it } from 'vitest'
import { AppError, UnauthorizedError } from '../../src/errors/app-error.js'
import { logFields } from '../../src/errors/log-fields.js'
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
