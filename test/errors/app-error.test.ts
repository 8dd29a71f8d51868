import { describe, expect, it } from 'vitest'
import { AppError, isAppError, UnauthorizedError } from '../../src/errors/app-error.js'
import { policyOf } from '../../src/errors/error-policy.js'

describe('AppError', () => {
  it('fills text, action, category and retryable from its code', () => {
    const error = new AppError({ message: 'unable to connect; no route', code: 'network' })
    expect(error).toMatchObject({
      name: 'AppError',
      message: 'unable to connect; no route',
      category: 'temporary',
      code: 'network',
      userMessage: 'The connection failed. Please check your network.',
      action: 'check-network',
      retryable: true,
      details: {},
    })
    expect('retryAfterMs' in error).toBe(false)
    expect('correlationId' in error).toBe(false)
    expect('cause' in error).toBe(false)
  })

  it('deals with a code that it does not know as with its category', () => {
    const error = new AppError({ message: 'm', category: 'validation', code: 'plan_limit' })
    expect(error).toMatchObject({ code: 'plan_limit', action: 'edit', retryable: false })
    expect(error.userMessage).toBe(new AppError({ message: 'm', category: 'validation' }).userMessage)
  })

  it('keeps everything that it is given', () => {
    const cause = new Error('c')
    const given = {
      category: 'system',
      code: 'network',
      userMessage: 'Own words.',
      action: 'edit',
      retryable: false,
      retryAfterMs: -1,
      correlationId: 'c-1',
      details: { field: 'name' },
    } as const
    expect(new AppError({ message: 'm', cause, ...given })).toMatchObject({ message: 'm', cause, ...given })
  })

  it.each([
    ['temporary', 'wait', true],
    ['auth', 'sign-in', false],
    ['validation', 'edit', false],
    ['system', 'contact-support', false],
    ['unknown', 'retry', true],
    ['initializing', 'wait', true],
    ['network', 'check-network', true],
    ['timeout', 'check-network', true],
    ['rate_limited', 'wait', true],
    ['overloaded', 'wait', true],
    ['interrupted', 'retry', true],
    ['token_expired', 'sign-in', false],
    ['unauthorized', 'sign-in', false],
    ['forbidden', 'contact-support', false],
    ['invalid_message', 'edit', false],
    ['message_too_large', 'edit', false],
    ['task_conflict', 'edit', false],
    ['unknown_conversation', 'contact-support', false],
    ['unknown_message', 'retry', false],
    ['unknown_task', 'retry', false],
    ['unsupported_protocol', 'retry', false],
    ['internal', 'contact-support', false],
    ['cancelled', 'retry', false],
    ['closed', 'retry', false],
    ['queue_full', 'wait', false],
    ['expired', 'retry', false],
    ['storage_unavailable', 'retry', false],
  ])('by default %s asks the person to %s; retried automatically: %s', (code, action, retryable) => {
    const error = new AppError({ message: 'm', code })
    expect([error.action, error.retryable]).toEqual([action, retryable])
    expect(error.category).toBe(policyOf(code)[0])
  })

  it('leaves message, cause and stack out of its JSON', () => {
    const error = new AppError({
      message: 'canary-message',
      cause: new Error('canary-cause'),
      code: 'internal',
      correlationId: 'c-1',
      details: { field: 'name', count: 2n, password: 'canary-password' },
    })
    const json = JSON.stringify({ error })
    expect(json).not.toContain('canary')
    expect(JSON.parse(json).error).toEqual({
      name: 'AppError',
      category: 'system',
      code: 'internal',
      userMessage: error.userMessage,
      action: 'contact-support',
      retryable: false,
      correlationId: 'c-1',
      details: { field: 'name', count: '2', password: '[redacted]' },
    })
  })
})

describe('UnauthorizedError', () => {
  it('sends the person to the sign-in and is never retried', () => {
    const cause = new Error('c')
    const error = new UnauthorizedError(undefined, { cause })
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({
      name: 'UnauthorizedError',
      message: 'unable to authorize; nobody is signed in',
      category: 'auth',
      code: 'unauthorized',
      action: 'sign-in',
      retryable: false,
      userMessage: 'You are not signed in. Please sign in again.',
      cause,
    })
  })
})

describe('isAppError', () => {
  it('knows its own, subclasses included', () => {
    expect(isAppError(new AppError({ message: 'm' }))).toBe(true)
    expect(isAppError(new AppError({ message: 'm', userMessage: 'Own words.' }))).toBe(true)
    expect(isAppError(new UnauthorizedError())).toBe(true)
  })

  it('knows the error of another copy of the package', async () => {
    // The query makes a second instance of the module, as a duplicated dependency would.
    const path = '../../src/errors/app-error.js?second-copy'
    const other: { AppError: typeof AppError } = await import(/* @vite-ignore */ path)
    expect(other.AppError).not.toBe(AppError)
    const foreign = new other.AppError({ message: 'm' })
    expect(foreign).not.toBeInstanceOf(AppError)
    expect(isAppError(foreign)).toBe(true)
  })

  const { proxy: revoked, revoke } = Proxy.revocable({}, {})
  revoke()
  it.each([
    ['null', null],
    ['undefined', undefined],
    ['a string', 'AppError'],
    ['another error', new Error('AppError')],
    ['an object of the same shape', { ...new AppError({ message: 'm' }) }],
    ['a proxy that says yes to everything', new Proxy({}, { get: () => true })],
    ['a revoked proxy', revoked],
  ])('is false for %s', (_, value) => {
    expect(isAppError(value)).toBe(false)
  })
})
