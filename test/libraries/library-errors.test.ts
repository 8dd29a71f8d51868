import http from 'node:http'
import type { AddressInfo } from 'node:net'
import Anthropic, * as anthropic from '@anthropic-ai/sdk'
import { Code, ConnectError } from '@connectrpc/connect'
import { FirebaseError } from '@firebase/util'
import { status as grpc, Metadata } from '@grpc/grpc-js'
import { FunctionsFetchError, FunctionsHttpError, PostgrestError } from '@supabase/supabase-js'
import { TRPCClientError } from '@trpc/client'
import { TRPCError } from '@trpc/server'
import { APICallError, LoadAPIKeyError, RetryError } from 'ai'
import axios from 'axios'
import got from 'got'
import { ClientError } from 'graphql-request'
import { ReplyError } from 'ioredis'
import ky from 'ky'
import { MongoNetworkError, MongoNetworkTimeoutError, MongoServerError } from 'mongodb'
import OpenAI, * as openai from 'openai'
import pg from 'pg'
import * as undici from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAppError } from '../../src/errors/app-error.js'
import { translateError } from '../../src/errors/translate-error.js'
import { mayRetryAfter } from '../../src/recovery/retry-task.js'

interface Expected {
  readonly code: string
  readonly retry: boolean
  /** Milliseconds that the failure asks to wait. */
  readonly advice?: number
}

type Case = readonly [library: string, situation: string, thrown: () => unknown, expected: Expected]

const is = (code: string, retry: boolean, advice?: number): Expected => ({
  code,
  retry,
  ...(advice !== undefined && { advice }),
})
const network = is('network', true)
const timeout = is('timeout', true)
const cancelled = is('cancelled', false)
const internal = is('internal', false)
const signIn = is('unauthorized', false)
const limited = is('rate_limited', true, 2000)

let base = ''
let closedPort = ''
// `/429?after=2` answers with that status and advice, `/hang` never, `/cut` ends in the middle of the body.
const server = http.createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://x')
  if (url.pathname === '/hang') return
  if (url.pathname === '/cut') {
    response.writeHead(200, { 'content-length': '100' })
    response.write('half')
    setTimeout(() => response.destroy(), 20)
    return
  }
  const after = url.searchParams.get('after')
  response.writeHead(Number(url.pathname.slice(1)), {
    'content-type': 'application/json',
    ...(after && { 'retry-after': after }),
  })
  response.end('{"error":{"message":"no"}}')
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const other = http.createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  closedPort = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  await new Promise((resolve) => other.close(resolve))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** Statuses that every HTTP client meets. */
const statuses: readonly (readonly [path: string, Expected])[] = [
  ['/429?after=2', limited],
  ['/503?after=2', is('overloaded', true, 2000)],
  ['/503', is('overloaded', true)],
  ['/529', is('overloaded', true)],
  ['/522', is('temporary', true)],
  ['/502', is('temporary', true)],
  ['/401', signIn],
  ['/403', is('forbidden', false)],
  ['/404', internal],
  ['/500', internal],
]

const request = { signal: () => AbortSignal.timeout(30), abort: () => AbortSignal.abort() }
const gotOptions = { retry: { limit: 0 } }
const openaiAt = (url: string, timeoutMs = 5000) =>
  new OpenAI({ apiKey: 'k', baseURL: url, maxRetries: 0, timeout: timeoutMs, dangerouslyAllowBrowser: true })
const anthropicAt = (url: string, timeoutMs = 5000) =>
  new Anthropic({
    apiKey: 'k',
    baseURL: url,
    maxRetries: 0,
    timeout: timeoutMs,
    dangerouslyAllowBrowser: true,
  })

const sdkError = (
  sdk: typeof openai | typeof anthropic,
  status: number,
  headers: Record<string, string>,
  body = {},
) => sdk.APIError.generate(status, body, 'no', new Headers(headers))

const clients: Readonly<Record<string, (url: string, signal?: AbortSignal) => Promise<unknown>>> = {
  axios: (url, signal) => axios.get(url, signal ? { signal } : {}),
  ky: (url, signal) => ky(url, { retry: 0, ...(signal && { signal }) }).text(),
  got: (url, signal) => got(url, { ...gotOptions, ...(signal && { signal }) }).text(),
  'undici.request': async (url, signal) => {
    const answer = await undici.request(url, signal ? { signal } : {})
    const text = await answer.body.text()
    if (answer.statusCode >= 400) {
      throw Object.assign(
        new undici.errors.ResponseError('no', answer.statusCode, { headers: answer.headers, body: text }),
      )
    }
  },
  fetch: async (url, signal) => {
    const answer = await fetch(url, signal ? { signal } : {})
    if (!answer.ok) throw answer
    await answer.text()
  },
}

const grpcError = (code: number, details = 'no') =>
  Object.assign(new Error(`${code} NO: ${details}`), { code, details, metadata: new Metadata() })
const pgError = (code: string, message = 'no') => {
  const error = new pg.DatabaseError(message, 5, 'error')
  error.code = code
  return error
}
const graphql = (code: string, status = 200) =>
  new ClientError(
    { status, headers: new Headers(), body: '', errors: [{ message: 'no', extensions: { code } }] } as never,
    { query: '{a}' },
  )
const call = (statusCode: number, more: object = {}) =>
  new APICallError({ message: 'no', url: 'u', requestBodyValues: {}, statusCode, ...more })

const constructed: readonly Case[] = [
  ['openai', 'rate limit', () => sdkError(openai, 429, { 'retry-after': '2' }), limited],
  [
    'openai',
    'rate limit in ms',
    () => sdkError(openai, 429, { 'retry-after-ms': '1500.4' }),
    is('rate_limited', true, 1501),
  ],
  [
    'openai',
    'rate limit by reset',
    () =>
      sdkError(openai, 429, {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '6m0s',
        'x-ratelimit-remaining-tokens': '9',
        'x-ratelimit-reset-tokens': '20ms',
      }),
    is('rate_limited', true, 360_000),
  ],
  [
    'openai',
    'no quota',
    () => sdkError(openai, 429, {}, { error: { code: 'insufficient_quota', type: 'insufficient_quota' } }),
    internal,
  ],
  [
    'openai',
    'context too long',
    () => sdkError(openai, 400, {}, { error: { code: 'context_length_exceeded' } }),
    is('message_too_large', false),
  ],
  ['openai', 'wrong key', () => sdkError(openai, 401, {}), signIn],
  [
    'openai',
    'should not retry',
    () => sdkError(openai, 503, { 'x-should-retry': 'false' }),
    is('overloaded', false),
  ],
  ['openai', 'abort', () => new openai.APIUserAbortError(), cancelled],
  ['openai', 'time-out', () => new openai.APIConnectionTimeoutError(), timeout],
  ['openai', 'connection', () => new openai.APIConnectionError({ message: 'Connection error.' }), network],
  [
    '@anthropic-ai/sdk',
    'overloaded',
    () => sdkError(anthropic, 529, {}, { error: { type: 'overloaded_error' } }),
    is('overloaded', true),
  ],
  ['@anthropic-ai/sdk', 'rate limit', () => sdkError(anthropic, 429, { 'retry-after': '2' }), limited],
  [
    '@anthropic-ai/sdk',
    'rate limit by reset',
    () =>
      sdkError(anthropic, 429, {
        'anthropic-ratelimit-tokens-remaining': '0',
        'anthropic-ratelimit-tokens-reset': '2026-01-01T00:00:09Z',
      }),
    is('rate_limited', true, 9000),
  ],
  ['@anthropic-ai/sdk', 'abort', () => new anthropic.APIUserAbortError(), cancelled],
  ['@anthropic-ai/sdk', 'time-out', () => new anthropic.APIConnectionTimeoutError(), timeout],
  ['ai', 'rate limit', () => call(429, { responseHeaders: { 'retry-after': '2' } }), limited],
  [
    'ai',
    'HTTP/2 headers',
    () => call(429, { responseHeaders: { ':status': '429', 'x-name': '名', 'retry-after': '2' } }),
    limited,
  ],
  ['ai', 'not retryable', () => call(503, { isRetryable: false }), is('overloaded', false)],
  [
    'ai',
    'retries used up',
    () =>
      new RetryError({
        message: 'no',
        reason: 'maxRetriesExceeded',
        errors: [call(429, { responseHeaders: { 'retry-after': '2' } })],
      }),
    limited,
  ],
  ['ai', 'no key', () => new LoadAPIKeyError({ message: 'no' }), internal],
  ['graphql-request', 'not signed in', () => graphql('UNAUTHENTICATED'), signIn],
  ['graphql-request', 'forbidden', () => graphql('FORBIDDEN'), is('forbidden', false)],
  ['graphql-request', 'wrong input', () => graphql('BAD_USER_INPUT'), is('invalid_message', false)],
  ['graphql-request', 'wrong query', () => graphql('GRAPHQL_VALIDATION_FAILED', 400), internal],
  ['@grpc/grpc-js', 'unavailable', () => grpcError(grpc.UNAVAILABLE), is('overloaded', true)],
  ['@grpc/grpc-js', 'unauthenticated', () => grpcError(grpc.UNAUTHENTICATED), signIn],
  ['@grpc/grpc-js', 'permission denied', () => grpcError(grpc.PERMISSION_DENIED), is('forbidden', false)],
  ['@grpc/grpc-js', 'deadline', () => grpcError(grpc.DEADLINE_EXCEEDED), timeout],
  ['@grpc/grpc-js', 'cancelled', () => grpcError(grpc.CANCELLED), cancelled],
  ['@grpc/grpc-js', 'invalid argument', () => grpcError(grpc.INVALID_ARGUMENT), is('invalid_message', false)],
  ['@grpc/grpc-js', 'exhausted', () => grpcError(grpc.RESOURCE_EXHAUSTED), is('rate_limited', true)],
  ['@grpc/grpc-js', 'aborted', () => grpcError(grpc.ABORTED), is('temporary', true)],
  ['@grpc/grpc-js', 'unimplemented', () => grpcError(grpc.UNIMPLEMENTED), internal],
  [
    '@connectrpc/connect',
    'unavailable',
    () => new ConnectError('no', Code.Unavailable),
    is('overloaded', true),
  ],
  ['@connectrpc/connect', 'unauthenticated', () => new ConnectError('no', Code.Unauthenticated), signIn],
  ['@connectrpc/connect', 'not found', () => new ConnectError('no', Code.NotFound), internal],
  ['@connectrpc/connect', 'cancelled', () => new ConnectError('no', Code.Canceled), cancelled],
  [
    '@connectrpc/connect',
    'name on the wire',
    () => ({ code: 'resource_exhausted', message: 'no' }),
    is('rate_limited', true),
  ],
  ['pg', 'duplicate', () => pgError('23505'), internal],
  ['pg', 'wrong password', () => pgError('28P01'), internal],
  ['pg', 'syntax', () => pgError('42601'), internal],
  ['pg', 'serialisation', () => pgError('40001'), is('temporary', true)],
  ['pg', 'deadlock', () => pgError('40P01'), is('temporary', true)],
  ['pg', 'too many connections', () => pgError('53300'), is('overloaded', true)],
  ['pg', 'shut down', () => pgError('57P01'), is('temporary', true)],
  ['pg', 'connection', () => pgError('08006'), network],
  ['pg', 'connect time-out', () => new Error('timeout expired'), timeout],
  ['pg', 'terminated', () => new Error('Connection terminated unexpectedly'), network],
  ['mongodb', 'network', () => new MongoNetworkError('connection 3 to 10.0.0.1:27017 closed'), network],
  ['mongodb', 'network time-out', () => new MongoNetworkTimeoutError('connection timed out'), timeout],
  ['mongodb', 'duplicate', () => new MongoServerError({ code: 11000, errmsg: 'no' }), internal],
  [
    'mongodb',
    'not primary',
    () => new MongoServerError({ code: 10107, errmsg: 'no', errorLabels: ['RetryableWriteError'] }),
    is('temporary', true),
  ],
  [
    'ioredis',
    'loading',
    () => new ReplyError('LOADING Redis is loading the dataset in memory'),
    is('temporary', true),
  ],
  ['ioredis', 'wrong type', () => new ReplyError('WRONGTYPE Operation against a key'), internal],
  ['ioredis', 'wrong password', () => new ReplyError('WRONGPASS invalid username-password pair'), internal],
  ['ioredis', 'closed', () => new Error('Connection is closed.'), network],
  ['ioredis', 'time-out', () => new Error('Command timed out'), timeout],
  [
    '@supabase/supabase-js',
    'JWT expired',
    () => new PostgrestError({ message: 'JWT expired', details: '', hint: '', code: 'PGRST303' }),
    is('token_expired', false),
  ],
  [
    '@supabase/supabase-js',
    'JWT expired, older',
    () => new PostgrestError({ message: 'JWT expired', details: '', hint: '', code: 'PGRST301' }),
    is('token_expired', false),
  ],
  [
    '@supabase/supabase-js',
    'duplicate',
    () => new PostgrestError({ message: 'no', details: '', hint: '', code: '23505' }),
    internal,
  ],
  [
    '@supabase/supabase-js',
    'function 429',
    () => new FunctionsHttpError(new Response('', { status: 429, headers: { 'retry-after': '2' } })),
    limited,
  ],
  [
    '@supabase/supabase-js',
    'function unreachable',
    () => new FunctionsFetchError(new TypeError('fetch failed')),
    network,
  ],
  ['firebase', 'no network', () => new FirebaseError('auth/network-request-failed', 'no'), network],
  ['firebase', 'too many', () => new FirebaseError('auth/too-many-requests', 'no'), is('rate_limited', true)],
  [
    'firebase',
    'token expired',
    () => new FirebaseError('auth/id-token-expired', 'no'),
    is('token_expired', false),
  ],
  ['firebase', 'wrong password', () => new FirebaseError('auth/wrong-password', 'no'), signIn],
  ['firebase', 'permission', () => new FirebaseError('permission-denied', 'no'), is('forbidden', false)],
  ['firebase', 'unavailable', () => new FirebaseError('unavailable', 'no'), is('overloaded', true)],
  ['firebase', 'no such object', () => new FirebaseError('storage/object-not-found', 'no'), internal],
  ['@trpc/server', 'not signed in', () => new TRPCError({ code: 'UNAUTHORIZED' }), signIn],
  ['@trpc/server', 'too many', () => new TRPCError({ code: 'TOO_MANY_REQUESTS' }), is('rate_limited', true)],
  ['@trpc/server', 'not found', () => new TRPCError({ code: 'NOT_FOUND' }), internal],
  [
    '@trpc/client',
    'forbidden',
    () =>
      new TRPCClientError('no', {
        result: { error: { data: { code: 'FORBIDDEN', httpStatus: 403 } } } as never,
      }),
    is('forbidden', false),
  ],
  [
    'AWS',
    'throttled',
    () => Object.assign(new Error('no'), { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } }),
    is('rate_limited', true),
  ],
  [
    'AWS',
    'unavailable',
    () => Object.assign(new Error('no'), { name: 'X', $metadata: { httpStatusCode: 503 } }),
    is('overloaded', true),
  ],
  [
    'AWS',
    'denied',
    () => Object.assign(new Error('no'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }),
    is('forbidden', false),
  ],
  [
    'GitHub',
    '403 as a limit',
    () => ({
      status: 403,
      response: { headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767225609' } },
    }),
    is('rate_limited', true, 9000),
  ],
  [
    'any',
    'RateLimit',
    () => ({
      status: 429,
      headers: { RateLimit: '"a";r=5;t=1, "b";r=0;t=30', 'RateLimit-Policy': '"a";q=9;w=60' },
    }),
    is('rate_limited', true, 30_000),
  ],
  [
    'any',
    'RateLimit-Policy alone',
    () => ({ status: 429, headers: { 'RateLimit-Policy': '"a";q=9;w=60' } }),
    is('rate_limited', true, 60_000),
  ],
  [
    'any',
    'a body with an error',
    () => ({ error: { status: 429, headers: { 'retry-after': '2' } } }),
    limited,
  ],
  ['Node', 'full disk', () => Object.assign(new Error('no'), { code: 'ENOSPC' }), internal],
  [
    'Node',
    'expired certificate',
    () =>
      new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'CERT_HAS_EXPIRED' }) }),
    internal,
  ],
  [
    'Node',
    'premature close',
    () => Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }),
    network,
  ],
  ['Node', 'ESOCKETTIMEDOUT', () => Object.assign(new Error('no'), { code: 'ESOCKETTIMEDOUT' }), timeout],
  ['Node', 'ABORT_ERR', () => Object.assign(new Error('no'), { code: 'ABORT_ERR' }), cancelled],
  [
    'Node',
    'several',
    () => new AggregateError([new Error('odd'), Object.assign(new Error('no'), { code: 'ECONNRESET' })]),
    network,
  ],
  [
    'Node',
    'suppressed',
    () => ({
      name: 'SuppressedError',
      error: Object.assign(new Error('no'), { code: 'ECONNRESET' }),
      suppressed: new Error('odd'),
    }),
    network,
  ],
  [
    'undici',
    'terminated',
    () => new TypeError('terminated', { cause: new undici.errors.SocketError('other side closed') }),
    network,
  ],
  [
    'undici',
    'connect time-out',
    () => new TypeError('fetch failed', { cause: new undici.errors.ConnectTimeoutError('no') }),
    timeout,
  ],
  ['undici', 'headers time-out', () => new undici.errors.HeadersTimeoutError(), timeout],
  ['undici', 'body time-out', () => new undici.errors.BodyTimeoutError(), timeout],
  ['Safari', 'offline', () => new TypeError('The Internet connection appears to be offline.'), network],
  ['Safari', 'lost', () => new TypeError('The network connection was lost.'), network],
  ['Safari', 'load failed', () => new TypeError('Load failed'), network],
  ['Firefox', 'fetch', () => new TypeError('NetworkError when attempting to fetch resource.'), network],
  ['Chrome', 'fetch', () => new TypeError('Failed to fetch'), network],
  ['Chrome', 'body', () => new TypeError('network error'), network],
  ['React Native', 'fetch', () => new TypeError('Network request failed'), network],
  [
    'Deno',
    'fetch',
    () => new TypeError('error sending request for url (http://x/): client error (Connect)'),
    network,
  ],
  [
    'Bun',
    'fetch',
    () =>
      Object.assign(new Error('Unable to connect. Is the computer able to access the url?'), {
        code: 'ConnectionRefused',
      }),
    network,
  ],
  ['Workers', 'fetch', () => new Error('Network connection lost.'), network],
]

async function failure(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run()
  } catch (error) {
    return error
  }
  return expect.unreachable('the request did not fail')
}

const now = () => Date.UTC(2026, 0, 1)
const counts = { cases: 0, wrongDecisions: 0, lostAdvice: 0 }

function judge(thrown: unknown, { code, retry, advice }: Expected) {
  const error = translateError(thrown, { now })
  counts.cases++
  if (mayRetryAfter(error) !== retry) counts.wrongDecisions++
  if (error.retryAfterMs !== advice) counts.lostAdvice++
  expect(isAppError(error)).toBe(true)
  expect({ code: error.code, retry: mayRetryAfter(error), advice: error.retryAfterMs }).toEqual({
    code,
    retry,
    advice,
  })
}

describe('the errors of real libraries', () => {
  for (const [name, ask] of Object.entries(clients)) {
    it.each(statuses)(`${name} meets %s`, async (path, expected) => {
      judge(await failure(() => ask(base + path)), expected)
    })

    it(`${name} meets a closed port, a body that breaks off, a time-out and an abort`, async () => {
      judge(await failure(() => ask(closedPort)), network)
      judge(await failure(() => ask(`${base}/cut`)), network)
      judge(await failure(() => ask(`${base}/hang`, request.abort())), cancelled)
    })
  }

  it('axios, got and ky give up after a time', async () => {
    judge(await failure(() => axios.get(`${base}/hang`, { timeout: 30 })), timeout)
    judge(await failure(() => got(`${base}/hang`, { ...gotOptions, timeout: { request: 30 } })), timeout)
    judge(await failure(() => ky(`${base}/hang`, { retry: 0, timeout: 30 })), timeout)
  })

  it('openai and @anthropic-ai/sdk ask a server', async () => {
    const chat = (client: OpenAI) => client.models.list()
    judge(await failure(() => Promise.resolve(chat(openaiAt(closedPort)))), network)
    const list = (client: Anthropic) => client.models.list()
    judge(await failure(() => Promise.resolve(list(anthropicAt(closedPort)))), network)
  })

  it.each(constructed)('%s: %s', (_library, _situation, make, expected) => {
    judge(make(), expected)
  })

  it('are judged right: no wrong retry decision, no advice lost', () => {
    process.stdout.write(
      `library situations: ${counts.cases}, wrong retry decisions: ${counts.wrongDecisions}, advice lost: ${counts.lostAdvice}\n`,
    )
    expect(counts).toMatchObject({ wrongDecisions: 0, lostAdvice: 0 })
  })
})
