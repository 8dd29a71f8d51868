import { describe, expect, it } from 'vitest'
import { translateError as coreTranslateError } from '../../src/errors/core-translate-error.js'
import { translateError } from '../../src/errors/translate-error.js'

const now = () => Date.UTC(2026, 0, 1, 12, 0, 0)
const forEver = 2 ** 31 - 1

describe('Retry-After', () => {
  it.each<[string, number | undefined]>([
    ['120', 120_000],
    [' \t5 ', 5000],
    ['00005', 5000],
    ['120s', undefined],
    ['1e3', undefined],
    ['1.5', undefined],
    ['1,5', undefined],
    ['120, 240', undefined],
    ['+5', undefined],
    ['-0', undefined],
    ['0x10', undefined],
    ['1_000', undefined],
    ['"5"', undefined],
    ['5\n6', undefined],
    ['５', undefined],
    ['\u00a05', undefined],
    ['Infinity', undefined],
    ['12:30:00', undefined],
    ['2026-01-01T12:00:30Z', undefined],
    // RFC 9110's preferred form.
    ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['Fri, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Thu, 01 Jan 2026 12:00:60 GMT', 60_000],
    ['Wed, 31 Dec 2025 23:59:60 GMT', 0],
    ['Thu, 01 Jan 2026 23:59:60 GMT', 43_200_000],
    ['Thu, 01 Jan 2026 12:00:61 GMT', undefined],
    ['Thu, 01 Jan 2026 12:60:00 GMT', undefined],
    ['Thu, 01 Jan 2026 24:00:00 GMT', undefined],
    ['Sat, 31 Feb 2026 12:00:30 GMT', undefined],
    ['Thu, 00 Jan 2026 12:00:30 GMT', undefined],
    ['Thu, 01 Xxx 2026 12:00:30 GMT', undefined],
    ['Xxx, 01 Jan 2026 12:00:30 GMT', undefined],
    ['Thu, 1 Jan 2026 12:00:30 GMT', undefined],
    ['Thu, 01 Jan 26 12:00:30 GMT', undefined],
    ['Thu, 01 Jan 2026 12:00:30 UTC', undefined],
    ['Thu, 01 Jan 2026 12:00:30 +0000', undefined],
    ['Thursday, 01 Jan 2026 12:00:30 GMT', undefined],
    // RFC 850, with its century rule: not more than 50 years ahead, to the second.
    ['Thursday, 01-Jan-26 12:00:30 GMT', 30_000],
    ['Thursday, 01-Jan-26 12:00:60 GMT', 60_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
    ['Tuesday, 01-Jan-75 12:00:30 GMT', forEver],
    ['Wednesday, 01-Jan-76 12:00:00 GMT', forEver],
    ['Wednesday, 01-Jan-76 12:00:01 GMT', 0],
    ['Thu, 01-Jan-26 12:00:30 GMT', undefined],
    ['Thursday, 01-Jan-2026 12:00:30 GMT', undefined],
    ['Sunday, 29-Feb-26 12:00:30 GMT', undefined],
    // asctime.
    ['Thu Jan  1 12:00:30 2026', 30_000],
    ['Sun Jan 11 12:00:30 2026', 864_030_000],
    ['Thu Jan  1 12:00:60 2026', 60_000],
    ['Sun Nov  6 08:49:37 1994', 0],
    ['Thu, Jan  1 12:00:30 2026', undefined],
    ['Thu Jan 1 12:00:30 2026', undefined],
    ['Thu Jan  1 12:00:30 2026 GMT', undefined],
    ['Thu Jan 01 2026 12:00:30 GMT+0000', undefined],
  ])('%j asks for %s ms, in a header and in a field, on the page and on the server', (value, expected) => {
    for (const translate of [coreTranslateError, translateError]) {
      for (const raw of [{ headers: { 'retry-after': value } }, { retryAfter: value }]) {
        expect(translate({ status: 503, ...raw }, { now }).retryAfterMs).toBe(expected)
      }
    }
  })

  it.each<[string, object]>([
    ['HTTP/2 fields', { response: { status: 429, headers: { ':status': 429, 'retry-after': '4' } } }],
    [
      'a value that is not Latin',
      { response: { status: 429, headers: { 'x-name': '张三', 'retry-after': '4' } } },
    ],
    ["the AI SDK's responseHeaders", { statusCode: 429, responseHeaders: { 'Retry-After': '4' } }],
    [
      'a Response in context',
      { context: new Response('', { status: 429, headers: { 'retry-after': '4' } }) },
    ],
    ['a list of pairs', { status: 429, headers: [['RETRY-AFTER', '4']] }],
    ['values in lists', { status: 429, headers: { 'retry-after': ['4'] } }],
  ])('is found in %s, on the page and on the server', (_, raw) => {
    for (const translate of [coreTranslateError, translateError]) {
      expect(translate(raw, { now })).toMatchObject({ code: 'rate_limited', retryAfterMs: 4000 })
    }
  })

  const answer = { status: 429, headers: { 'retry-after': '4' } }
  const unreadable = Object.defineProperty({ 'retry-after': '4' }, 'x', {
    enumerable: true,
    get() {
      throw new Error('no')
    },
  })
  it.each<[string, object]>([
    ["superagent's header", { status: 429, response: { header: { 'Retry-After': '4' } } }],
    ['headers of which one cannot be read', { status: 429, headers: unreadable }],
    ['headers of which one has no text', { status: 429, headers: { x: Symbol('x'), ...answer.headers } }],
    ['a list of keys and values', { status: 429, headers: [{ key: 'Retry-After', value: '4' }] }],
    ["the cause's headers", { status: 429, cause: answer }],
    ['the headers of `res`', { res: answer }],
    [
      "Google's RetryInfo in a message",
      { status: 429, message: '{"error":{"details":[{"retryDelay":"4s"}]}}' },
    ],
    ['rawHeaders', { response: { statusCode: 429, rawHeaders: ['Host', 'x', 'Retry-After', '4'] } }],
    ['a flat list of bytes', { statusCode: 429, headers: [Buffer.from('retry-after'), Buffer.from('4')] }],
    ['a list of names and values', { status: 429, headers: [{ name: 'Retry-After', value: '4' }] }],
    [
      'a container that only answers',
      { status: 429, headers: { get: (name: string) => (name === 'retry-after' ? '4' : null) } },
    ],
    [
      "Angular's HttpHeaders",
      { status: 429, headers: { keys: () => ['Retry-After'], get: () => '4', lazyInit: null } },
    ],
    ["fern's rawResponse", { statusCode: 429, rawResponse: answer }],
    ["Elasticsearch's meta", { name: 'ResponseError', meta: { statusCode: 429, headers: answer.headers } }],
    ["boom's output", { output: { statusCode: 429, headers: answer.headers } }],
    ["AWS' $response", { $metadata: { httpStatusCode: 429 }, $response: answer }],
    ["gRPC's metadata", { code: 8, metadata: { getMap: () => ({ 'retry-after': '4' }) } }],
    ["Connect's metadata", { name: 'ConnectError', code: 8, metadata: new Headers(answer.headers) }],
    ['a body with its own headers', { error: answer }],
    ["Telegram's parameters", { error_code: 429, parameters: { retry_after: 4 } }],
    ["Discord's body", { status: 429, retry_after: 4 }],
    ["Google's RetryInfo", { status: 429, errorDetails: [{ retryDelay: '4s' }] }],
    ["Google's RetryInfo in a body", { error: { code: 429, details: [{}, { retryDelay: '4s' }] } }],
    ["Cosmos DB's field", { code: 429, retryAfterInMs: 4000 }],
    ["Slack's field", { code: 'slack_webapi_rate_limited_error', retryAfter: 4 }],
    ["GitHub's refusal of who asks too fast", { status: 403, response: { headers: answer.headers } }],
    [
      'one of two headers, of which the longer wait counts',
      { status: 429, headers: { 'retry-after': ['3', '4'] } },
    ],
    [
      'milliseconds of Azure',
      { status: 429, headers: { 'retry-after-ms': 'x', 'x-ms-retry-after-ms': '4000' } },
    ],
  ])('is found in %s, on the server', (_, raw) => {
    expect(translateError(raw, { now })).toMatchObject({ code: 'rate_limited', retryAfterMs: 4000 })
  })
})

describe('the headers of rate limits', () => {
  it.each<[Record<string, string>, number | undefined]>([
    [{ 'retry-after-ms': '1000.4' }, 1001],
    [{ 'retry-after-ms': '-5', 'retry-after': '3' }, 3000],
    [{ 'retry-after-ms': '1e3' }, undefined],
    [{ 'x-ratelimit-reset': '1767268830' }, 30_000],
    [{ 'x-ratelimit-reset': '1767268830000' }, 30_000],
    [{ 'x-ratelimit-reset': '1767268700' }, 0],
    [{ 'X-RateLimit-Reset': '30' }, 30_000],
    [{ 'x-ratelimit-reset': '2026-01-01T13:00:30.250+01:00' }, 30_250],
    [{ 'x-ratelimit-reset': 'Thu, 01 Jan 2026 12:00:30 GMT' }, 30_000],
    [{ 'x-ratelimit-reset': '1h2m3s' }, 3_723_000],
    [{ 'x-ratelimit-reset-tokens': '850µs' }, 1],
    [{ 'x-ratelimit-reset': 'soon' }, undefined],
    [{ 'x-ratelimit-reset': '-1' }, undefined],
    [
      {
        'x-ratelimit-reset-requests': '2m59.56s',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-tokens': '9h',
        'x-ratelimit-remaining-tokens': '100',
      },
      179_560,
    ],
    [{ 'x-rate-limit-reset': '1767268830', 'x-rate-limit-remaining': '0' }, 30_000],
    [{ 'x-ratelimit-reset-after': '29.5', 'x-ratelimit-remaining': '0' }, 29_500],
    [{ ratelimit: 'limit=100, remaining=0, reset=50' }, 50_000],
    [{ ratelimit: '"default";t=30;r=0' }, 30_000],
    [{ ratelimit: '"burst" ; r=0 ; t=3, "daily";r=100;t=3000' }, 3000],
    [{ ratelimit: '"a,b";r=0;t=30' }, 30_000],
    [{ ratelimit: '"r=0;t=9";r=5;t=40' }, 40_000],
    [
      { ratelimit: '"burst";r=5, "daily";r=0', 'ratelimit-policy': '"burst";q=10;w=1, "daily";q=100;w=3600' },
      3_600_000,
    ],
    [{ 'ratelimit-policy': '10;w=1, 50;w=60' }, 1000],
    [{ 'x-ratelimit-limit': '10' }, undefined],
  ])('%j ask for %s ms', (headers, expected) => {
    expect(translateError({ status: 429, headers }, { now }).retryAfterMs).toBe(expected)
  })
})
