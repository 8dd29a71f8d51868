import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/errors/app-error.js'
import { redact } from '../../src/errors/redact.js'

const refuse = () => {
  throw new Error('canary')
}

describe('redact', () => {
  it.each([
    'password',
    'Password',
    'db_passwd',
    'passphrase',
    'pwd',
    'token',
    'accessToken',
    'refresh-token',
    'Authorization',
    'x-auth',
    'auth',
    'cookie',
    'Set-Cookie',
    'secret',
    'clientSecret',
    'api_key',
    'apiKey',
    'X-API-Key',
    'privateKey',
    'access_key',
    'credentials',
    'sessionId',
    'signature',
    'jwt',
    'bearer',
    'sid',
    'connect.sid',
  ])('masks the whole value of a field called %s, without reading it', (name) => {
    const read = () => expect.unreachable('a secret was read')
    expect(redact(Object.defineProperty({}, name, { get: read, enumerable: true }))).toEqual({
      [name]: '[redacted]',
    })
    expect(redact({ a: [{ [name]: { deep: 'canary' } }] })).toEqual({ a: [{ [name]: '[redacted]' }] })
  })

  it('leaves harmless fields as they are', () => {
    const value = {
      author: 'Ann',
      attempt: 2,
      ok: true,
      none: null,
      list: ['a', 1],
      code: 'network',
      key: 'k',
      passed: true,
      authorId: 7,
      inside: 'yes',
    }
    expect(redact(value)).toEqual(value)
    expect(redact(value)).not.toBe(value)
  })

  it('masks secrets in the strings of whatever field, and in the names of fields', () => {
    expect(redact({ note: ['call ann@example.com'], 'ann@example.com': 1 })).toEqual({
      note: ['call [redacted]'],
      '[redacted]': 1,
    })
    expect(redact('Bearer abc')).toBe('Bearer [redacted]')
  })

  it('keeps of an error its class and the places in the source, never its text', () => {
    const error = Object.assign(new TypeError('canary', { cause: 'canary' }), { data: 'canary' })
    error.stack = 'TypeError: canary\n    at f (/home/ann/app.js:10:5)\n    at https://x.com/b.mjs?t=1:2:3'
    expect(redact({ error })).toEqual({ error: { error: 'TypeError', stack: ['app.js:10:5', 'b.mjs:2:3'] } })
    const appError = new AppError({ message: 'canary', code: 'internal' })
    expect(JSON.stringify(redact([appError]))).not.toContain('canary')
  })

  it.each([
    ['a bigint', 12n, '12'],
    ['a symbol', Symbol('canary'), '[symbol]'],
    ['a function', function canary() {}, '[function]'],
    ['undefined', undefined, undefined],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a date that is none', new Date(Number.NaN), '[unreadable]'],
    ['bytes', new Uint8Array(1_000_000), '[binary]'],
    ['a map', new Map([['canary', 'canary']]), {}],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ])('makes plain data of %s', (_, value, expected) => {
    expect(redact(value)).toEqual(expected)
  })

  it('cuts circles, and only them', () => {
    const circle: Record<string, unknown> = { a: 1 }
    circle.self = circle
    const shared = { b: 2 }
    expect(redact({ circle, one: shared, two: shared })).toEqual({
      circle: { a: 1, self: '[cut]' },
      one: { b: 2 },
      two: { b: 2 },
    })
  })

  it('cuts what is deep', () => {
    let deep: unknown = 'canary'
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expect(redact(deep)).toEqual([[[[[['[cut]']]]]]])
  })

  it('cuts what is wide, and what is large altogether', () => {
    expect(redact(Array.from({ length: 1000 }, () => 1))).toHaveLength(50)
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`f${index}`, 1]))
    expect(Object.keys(redact(wide) as object)).toHaveLength(50)
    const row = () => Array.from({ length: 50 }, () => 'some words '.repeat(100))
    const large = JSON.stringify(redact(Array.from({ length: 50 }, row)))
    expect(large.length).toBeLessThan(60_000)
  })

  it('lets a field that throws cost itself alone', () => {
    const value = Object.defineProperty({ a: 1 }, 'b', { get: refuse, enumerable: true })
    expect(redact(value)).toEqual({ a: 1, b: '[unreadable]' })
  })

  it('survives a proxy whose every trap throws', () => {
    const traps = Object.fromEntries(Reflect.ownKeys(Reflect).map((trap) => [trap, refuse]))
    const proxy = new Proxy({}, traps)
    expect(redact(proxy)).toBe('[unreadable]')
    expect(redact([proxy, 1, proxy, proxy, proxy, proxy, proxy, [1]])).toEqual([
      '[unreadable]',
      1,
      ...Array.from({ length: 5 }, () => '[unreadable]'),
      [1],
    ])
  })

  it('keeps a field called __proto__ a field', () => {
    const copy = redact(JSON.parse('{"__proto__":{"polluted":1}}')) as object
    expect(Object.keys(copy)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  })

  it.each([
    ['an e-mail address in a query', 'GET https://api.test/x?email=ann%40example.com', /ann/],
    ['a text in an object', new String('ann@example.com'), /ann|"a","1":"n"/],
    ['a bearer token in a query', '?h=Bearer%20hunter2', /hunter2/],
  ])('masks %s', (_what, value, leaked) => {
    expect(JSON.stringify(redact({ value }))).not.toMatch(leaked)
  })
})
