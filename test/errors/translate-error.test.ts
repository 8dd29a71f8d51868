import { describe, expect, it } from 'vitest'
import { AppError, UnauthorizedError } from '../../src/errors/app-error.js'
import { translateError as coreTranslateError } from '../../src/errors/core-translate-error.js'
import { errorText } from '../../src/errors/error-text.js'
import { translateError } from '../../src/errors/translate-error.js'

const named = (name: string, message = 'm') => Object.assign(new Error(message), { name })
const coded = (code: string, message = `connect ${code} 10.0.0.7:443`) =>
  Object.assign(new Error(message), { code })

class ConnectionResetError extends Error {}

const key = 'user_60f2ccbd-d754-4fa0-aa4d-35a7d6551d38'

const table: [thrown: string, raw: unknown, code: string, category: string, retryable: boolean][] = [
  ["Python's KeyError by name", named('KeyError', `'${key}'`), 'initializing', 'temporary', true],
  ["Python's KeyError by type", { type: 'KeyError', message: key }, 'initializing', 'temporary', true],
  ['a quoted key', `'${key}'`, 'initializing', 'temporary', true],
  ['a key in double quotes', `"o'neill"`, 'initializing', 'temporary', true],
  ['a bare user id', key, 'initializing', 'temporary', true],
  ['a printed KeyError', `KeyError: '${key}'`, 'initializing', 'temporary', true],
  ["a printed KeyError's repr", `KeyError('${key}')`, 'initializing', 'temporary', true],
  ['an Error with a quoted key', new Error(`'${key}'`), 'initializing', 'temporary', true],
  ['an acknowledgement with a quoted key', { error: `'${key}'` }, 'initializing', 'temporary', true],
  ['ConnectionError', named('ConnectionError'), 'network', 'temporary', true],
  ['a printed ConnectionRefusedError', 'ConnectionRefusedError: [Errno 111]', 'network', 'temporary', true],
  ['an error whose class tells', new ConnectionResetError('m'), 'network', 'temporary', true],
  ['TimeoutError', named('TimeoutError'), 'timeout', 'temporary', true],
  ['a DOM TimeoutError', new DOMException('m', 'TimeoutError'), 'timeout', 'temporary', true],
  ['asyncio.TimeoutError', 'asyncio.exceptions.TimeoutError', 'timeout', 'temporary', true],

  ['ECONNREFUSED', coded('ECONNREFUSED'), 'network', 'temporary', true],
  ['ECONNRESET', coded('ECONNRESET'), 'network', 'temporary', true],
  ['ECONNABORTED', coded('ECONNABORTED'), 'network', 'temporary', true],
  ['EPIPE', coded('EPIPE'), 'network', 'temporary', true],
  ['ENOTFOUND', coded('ENOTFOUND'), 'network', 'temporary', true],
  ['EAI_AGAIN', coded('EAI_AGAIN'), 'network', 'temporary', true],
  ['EHOSTUNREACH', coded('EHOSTUNREACH'), 'network', 'temporary', true],
  ['ETIMEDOUT', coded('ETIMEDOUT'), 'timeout', 'temporary', true],
  ['ERR_NETWORK of axios', coded('ERR_NETWORK', 'Network Error'), 'network', 'temporary', true],

  ['xhr poll error', new Error('xhr poll error'), 'network', 'temporary', true],
  ['websocket error', new Error('websocket error'), 'network', 'temporary', true],
  [
    'a TransportError',
    Object.assign(new Error('m'), { type: 'TransportError' }),
    'network',
    'temporary',
    true,
  ],
  ['a connection time-out', new Error('timeout'), 'timeout', 'temporary', true],
  ['an acknowledgement time-out', new Error('operation has timed out'), 'timeout', 'temporary', true],
  ['a lost connection', new Error('socket has been disconnected'), 'network', 'temporary', true],
  ['a disconnect reason', 'transport close', 'network', 'temporary', true],
  ['a ping time-out', 'ping timeout', 'timeout', 'temporary', true],
  ["a middleware's own error", new Error('not today'), 'unknown', 'unknown', true],

  ['Failed to fetch (Chrome)', new TypeError('Failed to fetch'), 'network', 'temporary', true],
  [
    'NetworkError when attempting (Firefox)',
    new TypeError('NetworkError when attempting to fetch resource.'),
    'network',
    'temporary',
    true,
  ],
  ['Load failed (Safari)', new TypeError('Load failed'), 'network', 'temporary', true],
  ['fetch failed (Node)', new TypeError('fetch failed'), 'network', 'temporary', true],
  ['another TypeError', new TypeError('x is not a function'), 'unknown', 'unknown', true],
  ['an Error that only sounds so', new Error('Failed to fetch user 7'), 'unknown', 'unknown', true],
  ['a wrong password error', new Error('wrong password error'), 'unknown', 'unknown', true],

  ['AbortError', new DOMException('m', 'AbortError'), 'cancelled', 'unknown', false],
  ['CanceledError of axios', named('CanceledError'), 'cancelled', 'unknown', false],
  ['a full disk', new DOMException('m', 'QuotaExceededError'), 'storage_unavailable', 'system', false],
  ['UnauthorizedError by name', named('UnauthorizedError'), 'unauthorized', 'auth', false],

  ['a known cause', new Error('m', { cause: coded('ECONNRESET') }), 'network', 'temporary', true],
  ['a known one among several', new AggregateError([coded('ETIMEDOUT')], 'm'), 'timeout', 'temporary', true],
  ['an error that forbids a retry', { message: 'm', retryable: false }, 'unknown', 'unknown', false],
  ['an error that allows a retry', { message: 'm', retryable: true }, 'unknown', 'unknown', true],

  ['null', null, 'unknown', 'unknown', true],
  ['undefined', undefined, 'unknown', 'unknown', true],
  ['a number', 42, 'unknown', 'unknown', true],
  ['NaN', Number.NaN, 'unknown', 'unknown', true],
  ['a bigint', 1n, 'unknown', 'unknown', true],
  ['a symbol', Symbol('s'), 'unknown', 'unknown', true],
  ['a function', () => 1, 'unknown', 'unknown', true],
  ['an empty string', '', 'unknown', 'unknown', true],
  ['a frozen error', Object.freeze(new Error('m')), 'unknown', 'unknown', true],
]

describe('translateError', () => {
  it.each(table)('makes of %s a friendly error in both languages', (_, raw, code, category, retryable) => {
    for (const locale of ['en', 'zh-CN']) {
      const error = translateError(raw, { locale })
      expect(error).toBeInstanceOf(AppError)
      expect(error).toMatchObject({ code, category, retryable })
      expect(error.userMessage).toBe(errorText(code, error.category, { locale }))
      expect(error.cause).toBe(raw ?? error.cause)
    }
  })

  it("never shows the key of Python's KeyError", () => {
    const error = translateError(`'${key}'`, { locale: 'zh-CN' })
    expect(error.userMessage).toBe('系统正在初始化，请稍后重试')
    expect(error.message).toBe(`'${key}'`)
    expect(JSON.stringify(error)).not.toContain('60f2ccbd')
  })

  it('gives back an UnauthorizedError for one that is recognised by name', () => {
    const error = translateError(named('UnauthorizedError', 'jwt expired'))
    expect(error).toBeInstanceOf(UnauthorizedError)
    expect(error.message).toBe('jwt expired')
  })

  it('says what was thrown where it has no text', () => {
    expect(translateError(null).message).toBe('unable to go on; null was thrown')
    expect(translateError(7).message).toBe('unable to go on; number was thrown')
  })

  it('takes single texts from the catalog', () => {
    const catalog = { network: 'No line.' }
    expect(translateError(coded('EPIPE'), { catalog, locale: 'zh' }).userMessage).toBe('No line.')
  })
})

describe('translateError of an AppError', () => {
  const options = {
    message: 'unable to send; too fast',
    code: 'rate_limited',
    retryAfterMs: 1500,
    correlationId: 'c-1',
    details: { status: 429 },
    cause: 'raw',
  } as const

  it('gives back the same object without a language', () => {
    const error = new AppError(options)
    expect(translateError(error)).toBe(error)
    expect(translateError(error, { now: () => 0 })).toBe(error)
  })

  it('gives back the same error in another language', () => {
    const error = Object.freeze(new AppError(options))
    const translated = translateError(error, { locale: 'zh-CN' })
    expect(translated).toMatchObject({ ...error, ...options, userMessage: '请求过于频繁，请稍后重试' })
    expect(translated.stack).toBe(error.stack)
    expect(error.userMessage).toBe('Too many requests. Please wait a moment and try again.')
    const back = translateError(translated, { locale: 'en' })
    expect(back).toMatchObject({ ...error, ...options })
  })

  it('keeps the text that the app gave', () => {
    const error = new AppError({ ...options, userMessage: 'Slow down, friend.' })
    expect(translateError(error, { locale: 'zh-CN' })).toBe(error)
  })

  it('keeps the class of a subclass', () => {
    class PlanError extends AppError {
      override readonly name: string = 'PlanError'
      readonly plan = 'free'
    }
    const translated = translateError(new PlanError({ message: 'm', code: 'forbidden' }), { locale: 'zh' })
    expect(translated).toBeInstanceOf(PlanError)
    expect(translated).toMatchObject({ name: 'PlanError', plan: 'free', code: 'forbidden' })
    expect(translateError(new UnauthorizedError(), { locale: 'zh' })).toBeInstanceOf(UnauthorizedError)
  })

  it('finds it as the cause of another error', () => {
    const error = translateError(new Error('outer', { cause: new AppError(options) }), { locale: 'zh' })
    expect(error).toMatchObject({
      message: 'outer',
      code: 'rate_limited',
      retryAfterMs: 1500,
      correlationId: 'c-1',
      userMessage: '请求过于频繁，请稍后重试',
    })
  })
})

describe('translateError of hostile values', () => {
  const refuse = () => {
    throw new Error('refused')
  }
  const traps = Object.fromEntries(Reflect.ownKeys(Reflect).map((trap) => [trap, refuse]))

  it('survives a proxy whose every trap throws', () => {
    for (const target of [{}, [], () => 1, new Error('m')]) {
      const raw = new Proxy(target, traps)
      expect(translateError(raw)).toMatchObject({ category: 'unknown', retryable: true })
      expect(translateError({ data: raw, issues: raw, cause: raw, response: raw })).toBeInstanceOf(AppError)
      expect(translateError({ status: 503, headers: raw })).toMatchObject({ code: 'overloaded' })
      expect(
        translateError(Object.assign(new Error('m'), { name: 'ZodError', issues: [raw] })),
      ).toMatchObject({
        code: 'invalid_message',
      })
    }
  })

  it('survives options that throw', () => {
    const options = { locale: 'zh', catalog: new Proxy({}, traps) }
    expect(translateError('x', options)).toBeInstanceOf(AppError)
    expect(translateError({ status: 429 }, { now: refuse })).toBeInstanceOf(AppError)
  })

  it('survives getters that throw and recognises what can be read', () => {
    const raw = Object.defineProperty(coded('ECONNRESET'), 'message', { get: refuse })
    expect(translateError(raw)).toMatchObject({ code: 'network' })
  })

  it('survives a revoked proxy', () => {
    const { proxy, revoke } = Proxy.revocable([], {})
    revoke()
    expect(translateError(proxy)).toMatchObject({ category: 'unknown' })
  })

  it('survives causes in a circle and proxies that give themselves', () => {
    const error = new Error('m')
    error.cause = new Error('n', { cause: error })
    expect(translateError(error)).toMatchObject({ category: 'unknown' })
    const self: unknown = new Proxy(() => 1, { get: () => self })
    expect(translateError(self)).toMatchObject({ category: 'unknown' })
  })

  it('cuts a huge text', () => {
    const error = translateError(new Error('x'.repeat(1_000_000)))
    expect(error.message).toHaveLength(2000)
    expect(translateError(`'${'k'.repeat(1_000_000)}'`).category).toBe('unknown')
    expect(translateError('\\w.'.repeat(300_000)).category).toBe('unknown')
  })
})

describe('the list in `errors`', () => {
  it('is looked at as far as it can be one of causes, however long it is', () => {
    const errors = Array.from({ length: 5_000_000 }, () => 'odd')
    const started = performance.now()
    expect(translateError({ errors: [{ status: 401 }, ...errors.slice(0, 9)] }).code).toBe('unauthorized')
    expect(translateError({ errors }).code).toBe('unknown')
    expect(performance.now() - started).toBeLessThan(200)
  })

  it('is no cause in a page if it is no list', () => {
    expect(coreTranslateError({ errors: { status: 401 } }).code).toBe('unknown')
  })
})
