import { describe, expect, it } from 'vitest'
import { translateError } from '../../src/errors/translate-error.js'

describe('translateError of an HTTP failure', () => {
  it.each([
    [400, 'invalid_message', 'validation', false, '消息有误，请检查后重试'],
    [401, 'unauthorized', 'auth', false, '尚未登录，请重新登录'],
    [403, 'forbidden', 'auth', false, '没有访问权限，如有需要请联系客服'],
    [404, 'internal', 'system', false, '系统错误，如持续出现请联系客服'],
    [408, 'timeout', 'temporary', true, '网络连接超时，请检查网络后重试'],
    [409, 'task_conflict', 'validation', false, '请求已发送且内容不同，请检查后重新发送'],
    [413, 'message_too_large', 'validation', false, '消息过大，请缩短后重试'],
    [418, 'internal', 'system', false, '系统错误，如持续出现请联系客服'],
    [422, 'invalid_message', 'validation', false, '消息有误，请检查后重试'],
    [425, 'temporary', 'temporary', true, '服务暂时不可用，请稍后重试'],
    [429, 'rate_limited', 'temporary', true, '请求过于频繁，请稍后重试'],
    [500, 'internal', 'system', false, '系统错误，如持续出现请联系客服'],
    [502, 'temporary', 'temporary', true, '服务暂时不可用，请稍后重试'],
    [503, 'overloaded', 'temporary', true, '服务繁忙，请稍后重试'],
    [504, 'timeout', 'temporary', true, '网络连接超时，请检查网络后重试'],
    [599, 'internal', 'system', false, '系统错误，如持续出现请联系客服'],
  ])('%i becomes %s, wherever the status is', (status, code, category, retryable, userMessage) => {
    const raws = [
      { status },
      Object.assign(new Error('m'), { statusCode: status }),
      { name: 'AxiosError', response: { status } },
      new Response('the body', { status }),
    ]
    for (const raw of raws) {
      const error = translateError(raw, { locale: 'zh-CN' })
      expect(error).toMatchObject({ code, category, retryable, userMessage, details: { status } })
    }
  })

  it('takes a status in digits for one, as Gaxios, Supabase and JSON:API have it', () => {
    expect(translateError({ status: '429' })).toMatchObject({
      code: 'rate_limited',
      details: { status: 429 },
    })
  })

  it.each([200, 399, 600, 429.5, Number.NaN, '4290', '429 '])('%s is no failed status', (status) => {
    expect(translateError({ status })).toMatchObject({ code: 'unknown', details: {} })
  })

  const now = () => Date.UTC(2026, 0, 1, 12, 0, 0)
  it.each<[string, unknown, number | undefined]>([
    ['seconds', '120', 120_000],
    ['a fraction of a second', '0.0005', undefined],
    ['no time at all', '0', 0],
    ['a date to come', 'Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['a date that is past', 'Thu, 01 Jan 2026 11:00:00 GMT', 0],
    ['a time beyond any timer', '99999999999', 2_147_483_647],
    ['a negative number', '-1', undefined],
    ['no date', 'never GMT', undefined],
    ['words', 'soon', undefined],
    ['nothing', '', undefined],
  ])('obeys a Retry-After of %s', (_, value, expected) => {
    const text = String(value)
    const headers = [
      new Headers({ 'Retry-After': text }),
      new Map([['retry-after', text]]),
      new Map([['Retry-After', text]]),
      { 'retry-after': text },
      { 'RETRY-AFTER': text },
    ]
    for (const header of headers) {
      expect(translateError({ status: 503, headers: header }, { now }).retryAfterMs).toBe(expected)
      expect(translateError({ response: { status: 429, headers: header } }, { now }).retryAfterMs).toBe(
        expected,
      )
    }
    expect(translateError({ status: 429, retryAfter: text }, { now }).retryAfterMs).toBe(expected)
  })

  it.each([
    [7, 7000],
    [0, 0],
    [-1, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [0.0005, 1],
    [-0.001, undefined],
    [{}, undefined],
    [null, undefined],
  ])('reads a retryAfter field of %s', (retryAfter, expected) => {
    expect(translateError({ status: 429, retryAfter }).retryAfterMs).toBe(expected)
  })

  it.each([null, 7, 'text', [], [1], new Map([[1, 'x']]), { entries: 3 }])(
    'gets along with headers that are none: %s',
    (headers) => {
      expect(translateError({ status: 503, headers })).toMatchObject({ code: 'overloaded' })
    },
  )

  it('holds a date against the real clock by default', () => {
    const inAMinute = new Date(Date.now() + 60_000).toUTCString()
    const { retryAfterMs } = translateError({ status: 503, retryAfter: inAMinute })
    expect(retryAfterMs).toBeGreaterThan(50_000)
    expect(retryAfterMs).toBeLessThanOrEqual(60_000)
  })
})
