import { AppError } from '../errors/app-error.js'
import type { KnownErrorCode } from '../errors/error-policy.js'
import { isFailure } from '../errors/http-error.js'
import { read, readString } from '../errors/read.js'
import { parseRetryAfter } from '../errors/retry-after.js'

/** Why a handshake was refused, for a server that does not say so in the protocol's own words. */
export interface HandshakeRefusal {
  readonly code: KnownErrorCode
  /** A hint for the developer; it holds nothing that the server sent. */
  readonly hint: string
  readonly status?: number | undefined
  readonly retryAfterMs?: number | undefined
}

// The words of middlewares, proxies and token libraries. Only a server's own refusal is read so, never a page of HTML.
const texts: readonly (readonly [pattern: RegExp, code: KnownErrorCode])[] = [
  [/^(?=.*\bexpired\b).*\b(token|jwt|session|signature)\b/is, 'token_expired'],
  [/^invalid namespace$/i, 'internal'],
  [
    /\b(un ?|not )auth(ori[sz]|entic)|\bnot (logged|signed) in\b|\bauth(entication)? (failed|error|required|needed)\b|\b(sign|log) ?in required\b/i,
    'unauthorized',
  ],
  [
    /\b(invalid|bad|wrong|missing|no|malformed)\b.{0,20}\b(token|jwt|key|credentials?|signature)\b|\b(token|session) .*\b(revoked|invalid)\b|\bjwt (malformed|must be|not active|signature)/i,
    'unauthorized',
  ],
  [/\bforbidden\b|\b(access|permission) denied\b|\bnot allowed\b/i, 'forbidden'],
]

// Engine.IO gives its reason in the body of a response with status 400.
const bodies: readonly (readonly [pattern: RegExp, code: KnownErrorCode, hint?: string])[] = [
  [
    /Session ID unknown/,
    'temporary',
    "the server does not know its own polling session; use sticky sessions or transports: ['websocket']",
  ],
  [/Transport unknown/, 'internal'],
  [/Unsupported protocol version/, 'unsupported_protocol'],
]

const statuses: Readonly<Partial<Record<number, KnownErrorCode>>> = {
  401: 'unauthorized',
  403: 'forbidden',
  429: 'rate_limited',
  503: 'overloaded',
}

const hints: Readonly<Partial<Record<KnownErrorCode, string>>> = {
  token_expired: 'the token has expired',
  unauthorized: 'the server or a proxy refused the token',
  forbidden: 'the server or a proxy forbids it; check allowRequest and the origins',
  internal: 'the server has no such namespace or transport; check the url and socketOptions',
  unsupported_protocol: 'the server is no Socket.IO 4',
  temporary: 'the server or a proxy answered with an error; check the url',
}

/**
 * Reads a refused handshake: the status that a proxy or `allowRequest` answered with, the status in a middleware's `data`,
 * or the text that a middleware refused with.
 *
 * @returns undefined if the error says nothing of the kind; it is read as any other error then.
 */
export function handshakeRefusal(raw: unknown, now: number): HandshakeRefusal | undefined {
  if (readString(read(raw, 'description'), 'name') === 'Redirected') {
    return {
      code: 'internal',
      hint: 'the server redirects; give the address that it redirects to as the url',
    }
  }
  const isTransportError = read(raw, 'type') === 'TransportError'
  const context = read(raw, 'context')
  const body = readString(context, 'responseText')?.slice(0, 200) ?? ''
  const known = bodies.find(([pattern]) => pattern.test(body))
  if (known) return { code: known[1], hint: known[2] ?? hintFor(known[1]) }
  const data = read(raw, 'data')
  if (readString(data, 'error_code') !== undefined) return undefined
  const status = isTransportError ? httpStatus(raw) : statusIn(data)
  const words = isTransportError
    ? []
    : [readString(raw, 'message'), ...wordsIn(data), ...wordsIn(read(data, 'error'))]
  const said = texts.find(([pattern]) => words.some((text = '') => pattern.test(plain(text))))?.[1]
  const byStatus = status === undefined ? undefined : statuses[status]
  // A server that answers with a status was reached, so the person's network is not to blame.
  const code = said === 'token_expired' ? said : (byStatus ?? said ?? (status && 'temporary'))
  if (!code) return undefined
  const retryAfterMs = parseRetryAfter(retryAfterIn(context), now)
  return { code, status, retryAfterMs, hint: hintFor(code) }
}

const hintFor = (code: KnownErrorCode): string => hints[code] ?? 'the server refuses for now'

/** `authentication_failed` says the same as `authentication failed`. */
const plain = (text: string): string => text.slice(0, 200).replace(/[_-]+/g, ' ')

const wordsIn = (data: unknown): (string | undefined)[] => [
  typeof data === 'string' ? data : undefined,
  ...['message', 'error', 'code', 'reason', 'type', 'name'].map((field) => readString(data, field)),
]

/** The refusal as an error. The thrown value stays as its cause. */
export const refusalError = (
  { code, hint, status, retryAfterMs }: HandshakeRefusal,
  cause: unknown,
): AppError =>
  new AppError({
    code,
    message: `unable to connect; ${hint}`,
    retryAfterMs,
    details: status === undefined ? {} : { status },
    cause,
  })

/** Engine.IO keeps a polling response's status in `description`; the `ws` package puts a WebSocket's into a text. */
function httpStatus(error: unknown): number | undefined {
  const description = read(error, 'description')
  const inText = /Unexpected server response: (\d{3})/.exec(readString(description, 'message') ?? '')?.[1]
  return [description, read(read(error, 'context'), 'status'), Number(inText)].find(isFailure)
}

const statusIn = (data: unknown): number | undefined =>
  ['status', 'statusCode', 'code'].map((field) => Number(read(data, field))).find(isFailure)

/** Of a fetch's `Headers`, or of an XMLHttpRequest. */
function retryAfterIn(context: unknown): unknown {
  const headers = read(context, 'headers')
  if (headers instanceof Headers) return headers.get(retryAfter)
  const isXhr = typeof XMLHttpRequest !== 'undefined' && context instanceof XMLHttpRequest
  return isXhr ? context.getResponseHeader(retryAfter) : undefined
}

const retryAfter = 'retry-after'
