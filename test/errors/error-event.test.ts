import { describe, expect, it } from 'vitest'
import { translateError } from '../../src/errors/translate-error.js'
import type { ErrorEvent } from '../../src/protocol/events.js'

const event: ErrorEvent = {
  type: 'error',
  error: 'Please slow down, the model needs a breath.',
  error_code: 'temporary',
  retryable: true,
  timestamp: '2026-01-01T00:00:00.000Z',
  code: 'rate_limited',
  retry_after_ms: 1500,
  correlation_id: '8f14e45f-ceea-467f-a9f7-0242ac120002',
}

describe('translateError of an ErrorEvent', () => {
  it.each([
    ['a push', event],
    ['a refused handshake', Object.assign(new Error('refused'), { data: event })],
    ['a refused request', { ok: false, error: event }],
  ])('reads that of %s', (_, raw) => {
    expect(translateError(raw, { locale: 'zh-CN' })).toMatchObject({
      category: 'temporary',
      code: 'rate_limited',
      userMessage: '请求过于频繁，请稍后重试',
      action: 'wait',
      retryable: true,
      retryAfterMs: 1500,
      correlationId: '8f14e45f-ceea-467f-a9f7-0242ac120002',
      details: {},
    })
  })

  it.each([
    ['the text of the code', { code: 'overloaded' }, 'overloaded', '服务繁忙，请稍后重试'],
    ["the category's text without a code", { code: undefined }, 'temporary', '服务暂时不可用，请稍后重试'],
    [
      "the category's text for a new code",
      { code: 'plan_limit' },
      'plan_limit',
      '服务暂时不可用，请稍后重试',
    ],
    [
      "the category's text for a code that is none",
      { code: 'Sk-1 7' },
      'temporary',
      '服务暂时不可用，请稍后重试',
    ],
    [
      "the code's text without a category",
      { error_code: 'odd', code: 'overloaded' },
      'overloaded',
      '服务繁忙，请稍后重试',
    ],
    [
      'a text of ours for a category and a code that are not ours: an upstream error may have the same shape',
      { error_code: 'billing', code: 'unpaid' },
      'unpaid',
      '出现了意外错误，请稍后重试',
    ],
    [
      'a text of ours without a code',
      { error_code: 'billing', code: undefined },
      'unknown',
      '出现了意外错误，请稍后重试',
    ],
  ])('shows %s', (_, fields, code, userMessage) => {
    expect(translateError({ ...event, ...fields }, { locale: 'zh-CN' })).toMatchObject({ code, userMessage })
  })

  it.each([
    "'user_60f2ccbd-d754-4fa0-aa4d-35a7d6551d38'",
    'No row for user_60f2ccbd-d754-4fa0-aa4d-35a7d6551d38',
    'unable to open /srv/chat/secrets.yaml',
    'Bearer abc123',
    'Traceback:\n  File "app.py"',
    'x'.repeat(1000),
    '',
    7,
    null,
  ])("does not show a server's text that is not fit: %s", (error) => {
    const raw = { ...event, error, error_code: 'billing', code: 'unpaid' }
    expect(translateError(raw).userMessage).toBe('Something unexpected happened. Please try again later.')
  })

  it.each<[unknown, number | undefined]>([
    [0, 0],
    [-1, -1],
    [1500, 1500],
    [1500.2, 1501],
    [1e300, 2_147_483_647],
    [-2, undefined],
    [-0.5, undefined],
    [Number.NaN, undefined],
    ['1500', undefined],
    [null, undefined],
    [{}, undefined],
  ])('reads retry_after_ms %s as %s', (retry_after_ms, expected) => {
    expect(translateError({ ...event, retry_after_ms }).retryAfterMs).toBe(expected)
  })

  it.each<[unknown, string | undefined]>([
    ['c-1', 'c-1'],
    ['x'.repeat(128), 'x'.repeat(128)],
    ['x'.repeat(129), undefined],
    ['', undefined],
    ['<b>call 555</b>', undefined],
    [7, undefined],
    [{}, undefined],
  ])('reads correlation_id %s as %s', (correlation_id, expected) => {
    expect(translateError({ ...event, correlation_id }).correlationId).toBe(expected)
  })

  it.each<[unknown, string, boolean]>([
    [false, 'rate_limited', false],
    [true, 'internal', true],
    ['yes', 'rate_limited', true],
    [undefined, 'internal', false],
  ])('takes retryable %s of %s for %s', (retryable, code, expected) => {
    expect(translateError({ ...event, retryable, code }).retryable).toBe(expected)
  })

  it('understands the old shape, by its category alone', () => {
    expect(translateError({ error_code: 'auth' })).toMatchObject({ code: 'auth', action: 'sign-in' })
  })

  it('is not taken in by a DOM ErrorEvent or an error_code of another system', () => {
    const dom = { type: 'error', message: 'Script error.', error: new TypeError('Failed to fetch') }
    expect(translateError(dom)).toMatchObject({ code: 'unknown' })
    expect(translateError({ error_code: 'invalid_grant', error: 'Bad grant.' })).toMatchObject({
      code: 'unknown',
      userMessage: 'Something unexpected happened. Please try again later.',
    })
  })

  it.each(['__proto__', 'constructor', 'toString'])('survives the category and code %s', (word) => {
    const raw = JSON.parse(`{"type":"error","error_code":"${word}","code":"${word}","__proto__":{"x":1}}`)
    expect(translateError(raw)).toMatchObject({ category: 'unknown' })
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
  })
})
