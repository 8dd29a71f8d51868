import { afterEach, describe, expect, it, vi } from 'vitest'
import { handshakeRefusal } from '../../src/connection/handshake-refusal.js'

const now = Date.UTC(2026, 0, 1)

const refusedWith = (message: string, data?: unknown) => Object.assign(new Error(message), { data })

const transportError = (description: unknown, context?: unknown) =>
  Object.assign(new Error('xhr poll error'), { type: 'TransportError', description, context })

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a refused handshake', () => {
  it.each([
    ['unauthorized', 'unauthorized'],
    ['Unauthorised', 'unauthorized'],
    ['not authenticated', 'unauthorized'],
    ['authentication failed', 'unauthorized'],
    ['Authentication error', 'unauthorized'],
    ['login required', 'unauthorized'],
    ['invalid token', 'unauthorized'],
    ['No token provided', 'unauthorized'],
    ['jwt malformed', 'unauthorized'],
    ['invalid signature', 'unauthorized'],
    ['jwt expired', 'token_expired'],
    ['Token has expired', 'token_expired'],
    ['expired session', 'token_expired'],
    ['forbidden', 'forbidden'],
    ['Access denied', 'forbidden'],
    ['Invalid namespace', 'internal'],
    ['authentication_failed', 'unauthorized'],
    ['AUTH_FAILED', 'unauthorized'],
    ['invalid_token', 'unauthorized'],
    ['Invalid API key', 'unauthorized'],
    ['Token has been revoked', 'unauthorized'],
    ['not logged in', 'unauthorized'],
    ['un-authorized', 'unauthorized'],
    ['token_expired', 'token_expired'],
    ['Signature has expired', 'token_expired'],
  ])('with the text %j is read as %s', (text, code) => {
    expect(handshakeRefusal(refusedWith(text), now)).toMatchObject({ code })
  })

  it.each([
    ['a status', { status: 401 }, 'unauthorized'],
    ['a status of another name', { statusCode: 403 }, 'forbidden'],
    ['a status as code', { code: 401 }, 'unauthorized'],
    ['a status for now', { status: 503 }, 'overloaded'],
    ['a status in quotes', { status: '401' }, 'unauthorized'],
    ['a status of no known meaning', { status: 500 }, 'temporary'],
    ['a text', 'authentication failed', 'unauthorized'],
    ['a text as message', { message: 'jwt expired' }, 'token_expired'],
    ['a text as error', { error: 'unauthorized' }, 'unauthorized'],
    ['a word as code', { code: 'UNAUTHORIZED' }, 'unauthorized'],
    ['a name of an error', { type: 'UnauthorizedError' }, 'unauthorized'],
    ['an error within', { error: { code: 'token_expired' } }, 'token_expired'],
  ])('with %s as, or in, its data is read by that', (_name, data, code) => {
    expect(handshakeRefusal(refusedWith('no', data), now)).toMatchObject({ code })
  })

  it('that says in words that the token expired is no plain 401', () => {
    expect(handshakeRefusal(refusedWith('jwt expired', { status: 401 }), now)?.code).toBe('token_expired')
  })

  it.each([
    ['polling', transportError(401), 'unauthorized'],
    ['polling, by the request', transportError(undefined, { status: 403 }), 'forbidden'],
    ['a WebSocket', transportError({ message: 'Unexpected server response: 401' }), 'unauthorized'],
    ['a gateway that is down', transportError(502), 'temporary'],
    ['a page that is not there', transportError(404), 'temporary'],
  ])('before the socket is read by its status: %s', (_name, error, code) => {
    expect(handshakeRefusal(error, now)).toMatchObject({ code })
  })

  it('obeys the Retry-After of a proxy', () => {
    const context = { headers: new Headers({ 'retry-after': '7' }) }
    expect(handshakeRefusal(transportError(503, context), now)).toMatchObject({
      code: 'overloaded',
      retryAfterMs: 7000,
    })
  })

  it('that comes of polling without sticky sessions names them', () => {
    const context = { responseText: '{"code":1,"message":"Session ID unknown"}' }
    expect(handshakeRefusal(transportError(400, context), now)?.hint).toContain('sticky sessions')
  })

  it.each([
    ['Transport unknown', 'internal', 'socketOptions'],
    ['Unsupported protocol version', 'unsupported_protocol', 'Socket.IO 4'],
  ])('in Engine.IO’s own words is for the developer: %s', (message, code, hint) => {
    const refusal = handshakeRefusal(transportError(400, { responseText: JSON.stringify({ message }) }), now)
    expect(refusal?.code).toBe(code)
    expect(refusal?.hint).toContain(hint)
  })

  it('by a page that is not there tells the developer to check the address', () => {
    expect(handshakeRefusal(transportError(404), now)?.hint).toContain('check the url')
  })

  it.each([
    ['a text of no known meaning', refusedWith('bananas')],
    ['a secret', refusedWith('password is hunter2')],
    ["the protocol's own refusal", refusedWith('unauthorized', { error_code: 'temporary', status: 401 })],
    ['a line that is down', transportError(0)],
    ['a text in a transport error', Object.assign(transportError(0), { message: 'unauthorized' })],
    ['nothing at all', undefined],
  ])('says nothing of the kind: %s', (_name, error) => {
    expect(handshakeRefusal(error, now)).toBeUndefined()
  })

  it.each([
    ['unauthorized', refusedWith('invalid token')],
    ['unknown_session', transportError(400, { responseText: '{"code":1,"message":"Session ID unknown"}' })],
    ['redirected', transportError({ name: 'Redirected' })],
  ])('has in production a word for a hint: %s', (word, error) => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(handshakeRefusal(error, now)?.hint).toBe(word)
  })

  it('repeats nothing that the server sent', () => {
    const refusal = handshakeRefusal(refusedWith('invalid token eyJhbGciOi'), now)
    expect(JSON.stringify(refusal)).not.toContain('eyJhbGciOi')
  })
})
