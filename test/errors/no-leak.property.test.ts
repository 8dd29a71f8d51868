import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/errors/app-error.js'
import { logFields } from '../../src/errors/log-fields.js'
import { redact } from '../../src/errors/redact.js'
import { translateError } from '../../src/errors/translate-error.js'

// Text in which nothing gives it away as a secret, but for its place.
const canary = 'canary 7f3a'

const secrets = [
  'Bearer canary-7f3a',
  'eyJjYW5hcnk.canary.7f3a',
  'sk-canary-7f3a-0000',
  'AKIACANARY7F3A000000',
  'postgres://canary:7f3a@db/canary',
  'canary-7f3a@example.com',
  'user_ca4a4ee0-7f3a-4fa0-aa4d-35a7d6551d38',
  '/home/canary/7f3a.txt',
  'C:\\canary\\7f3a.txt',
  'file:///canary/7f3a',
  'cookie: canary=7f3a; b=canary',
  'password=canary7f3a',
]
const leaked = /canary|7f3a/i

const fieldNames = [
  'message',
  'stack',
  'cause',
  'data',
  'error',
  'issues',
  'status',
  'statusCode',
  'response',
  'headers',
  'retryAfter',
  'type',
  'name',
  'code',
  'errors',
  'description',
  'context',
  'config',
  'toJSON',
  'timestamp',
  'task_id',
  'retry_after_ms',
  'retryable',
  'details',
  'userMessage',
  'category',
]

// Values come as functions that make them: fast-check itself would stumble over a proxy that throws.
type Make = () => unknown

const value: fc.Arbitrary<Make> = fc
  .anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  })
  .map((made) => () => made)

/** A value that throws at some or all of its traps, and answers reads with anything. */
const nastyProxy: fc.Arbitrary<Make> = fc
  .tuple(fc.subarray(Reflect.ownKeys(Reflect)), value, fc.nat(3))
  .map(([traps, answer, target]) => () => {
    const refuse = () => {
      throw answer()
    }
    const handler = Object.fromEntries(traps.map((trap) => [trap, refuse]))
    return new Proxy([{}, [], () => 1, new Error('m')][target] ?? {}, { get: answer, ...handler })
  })

// The engine writes an error's stack when it is first touched, which must not be after its message was made hostile.
const written = (error: Error) => Object.assign(error, { stack: `${error.stack}` })

const kinds: Readonly<Record<string, () => object>> = {
  Error: () => written(new Error('m')),
  fetch: () => written(new TypeError('Failed to fetch')),
  ErrorEvent: () => ({ type: 'error', error_code: 'temporary' }),
  ZodError: () => ({ name: 'ZodError', issues: [] }),
  http: () => ({ status: 429 }),
  function: () => () => 1,
}

/** An error, or an object that looks like one, with anything in the fields that are read. */
const errorLike: fc.Arbitrary<Make> = fc
  .tuple(
    fc.constantFrom(...Object.keys(kinds)),
    fc.array(
      fc.tuple(
        fc.constantFrom(...fieldNames, 'error_code', 'correlation_id', 'issues'),
        fc.oneof(value, nastyProxy),
      ),
      { maxLength: 8 },
    ),
  )
  .map(([kind, fields]) => () => {
    const made = kinds[kind]?.() ?? {}
    for (const [name, field] of fields) {
      Object.defineProperty(made, name, { value: field(), configurable: true, enumerable: true })
    }
    return made
  })

const anything = fc.oneof(value, nastyProxy, errorLike)

// Thousands of runs: seconds on a quiet machine, more where it is shared.
const slow = { timeout: 60_000 }

describe('whatever it is given', slow, () => {
  it('translateError answers with a whole AppError, in any language', () => {
    const locale = fc.oneof(fc.constantFrom('en', 'zh-CN', 'zh', '', '__proto__'), fc.string())
    fc.assert(
      fc.property(anything, locale, (make, locale) => {
        const error = translateError(make(), { locale })
        expect(error).toBeInstanceOf(AppError)
        expect(error.userMessage).not.toBe('')
        expect(typeof error.message).toBe('string')
        expect(typeof error.retryable).toBe('boolean')
        expect(['temporary', 'auth', 'validation', 'system', 'unknown']).toContain(error.category)
        expect(error.retryAfterMs ?? 0).toBeGreaterThanOrEqual(-1)
        JSON.stringify([error, logFields(error)])
        translateError(error, { locale: 'zh-CN' })
      }),
      { numRuns: 2000 },
    )
  })

  it('redact answers with plain data that JSON can carry', () => {
    fc.assert(
      fc.property(anything, (make) => {
        JSON.stringify(redact(make()))
      }),
      { numRuns: 2000 },
    )
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

const outputs = (error: AppError) => [
  error.userMessage,
  JSON.stringify(error),
  JSON.stringify(logFields(error)),
  JSON.stringify(redact(error)),
]

const secret = fc.constantFrom(canary, ...secrets)
/** The secret itself, or deep in something. */
const hidden = secret.chain((text) =>
  fc.constantFrom<unknown>(
    text,
    [text],
    { message: text, [text]: text },
    new Error(text, { cause: text }),
    [{ path: [text, 0], message: text, input: text }],
    { status: 503, data: { error: text }, headers: { 'retry-after': text } },
  ),
)

describe('a secret', slow, () => {
  it('in any field of what was thrown reaches neither the screen nor a payload nor a log', () => {
    let runs = 0
    const fields = fc.dictionary(fc.constantFrom(...fieldNames), hidden, { minKeys: 1, maxKeys: 8 })
    const kind = fc.constantFrom('Error', 'ZodError', 'plain', 'ErrorEvent', 'KeyError')
    fc.assert(
      fc.property(kind, fields, secret, fc.constantFrom('en', 'zh-CN'), (kind, fields, text, locale) => {
        runs += 1
        const raw: object = kind === 'plain' ? {} : Object.assign(new Error(text), { name: kind })
        if (kind === 'ErrorEvent')
          Object.assign(raw, { type: 'error', error_code: 'system', retryable: true })
        for (const [name, field] of Object.entries(fields)) {
          Object.defineProperty(raw, name, { value: field, configurable: true, enumerable: true })
        }
        for (const output of outputs(translateError(raw, { locale }))) expect(output).not.toMatch(leaked)
        for (const output of outputs(translateError(text, { locale }))) expect(output).not.toMatch(leaked)
      }),
      { numRuns: 1500 },
    )
    expect(runs).toBeGreaterThanOrEqual(1000)
  })

  it('of a known form is masked by redact wherever it stands', () => {
    const known = fc.constantFrom(...secrets)
    const around = fc.constantFrom('', ' ', 'unable to go on; ', '(', '"', "'", 'at ', '系统：', ', ')
    const holder = fc.constantFrom<(text: string) => unknown>(
      (text) => text,
      (text) => [text],
      (text) => ({ note: { text } }),
      (text) => ({ [text]: 1 }),
      (text) => new Map([[text, text]]),
      (text) => Object.assign(new Error(text), { text, cause: text }),
    )
    fc.assert(
      fc.property(known, around, holder, (text, before, hold) => {
        expect(JSON.stringify(redact(hold(`${before}${text}`)))).not.toMatch(leaked)
      }),
      { numRuns: 1000 },
    )
  })

  it('under a secret name is masked by redact whatever it looks like', () => {
    const name = fc.constantFrom(
      'password',
      'authToken',
      'Authorization',
      'cookie',
      'client_secret',
      'apiKey',
    )
    fc.assert(
      fc.property(name, hidden, (name, held) => {
        expect(JSON.stringify(redact({ request: [{ [name]: held }] }))).not.toMatch(leaked)
      }),
    )
  })
})
