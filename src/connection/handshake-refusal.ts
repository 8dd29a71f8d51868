import { AppError } from '../errors/app-error.js'
import type { KnownErrorCode } from '../errors/error-policy.js'
import { codeOf, isFailure, retryAfterOf } from '../errors/http-error.js'
import { read, readString } from '../errors/read.js'
import { parseRetryAfter } from '../errors/retry-after.js'
import { hintOf, type Refusal } from './handshake-hint.js'

/** Why a handshake was refused, for a server that does not say so in the protocol's own words. */
export interface HandshakeRefusal {
  readonly code: KnownErrorCode
  /** For the developer; it holds nothing that the server sent. */
  readonly hint: string
  readonly status?: number | undefined
  readonly retryAfterMs?: number | undefined
}

// The words of middlewares, token libraries and Engine.IO. Only a server's own refusal is read so, never a page of HTML.
const texts: readonly (readonly [pattern: RegExp, code: KnownErrorCode, refusal?: Refusal])[] = [
  [/^(?=.*\bexpired\b).*\b(token|jwt|session|signature)\b/is, 'token_expired'],
  [/^(invalid namespace|transport unknown)$/i, 'internal'],
  [/^unsupported protocol version$/i, 'unsupported_protocol'],
  [/^session id unknown$/i, 'temporary', 'unknown_session'],
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

// Statuses that say the same of a handshake as of any other request. A server that answers with another status was
// reached, so the person's network is not to blame, and a repeat may help.
const clearStatuses = [401, 403, 429, 503]

/**
 * Reads a refused handshake: the status that a proxy or `allowRequest` answered with, the status in a middleware's `data`,
 * or the text that a middleware or Engine.IO refused with.
 *
 * @returns undefined if the error says nothing of the kind; it is read as any other error then.
 */
export function handshakeRefusal(raw: unknown, now: number): HandshakeRefusal | undefined {
  const data = read(raw, 'data')
  const description = read(raw, 'description')
  const context = read(raw, 'context')
  if (readString(data, 'error_code') !== undefined) return undefined
  if (readString(description, 'name') === 'Redirected')
    return { code: 'internal', hint: hintOf('redirected') }
  const status = statusIn(description, context, data)
  const words =
    read(raw, 'type') === 'TransportError'
      ? [status === 400 ? engineText(context) : undefined]
      : [readString(raw, 'message'), ...wordsIn(data), ...wordsIn(read(data, 'error'))]
  const [, said, refusal] =
    texts.find(([pattern]) => words.some((text = '') => pattern.test(plain(text)))) ?? []
  // That the token has expired is more exact than a plain 401.
  const isClear = said !== 'token_expired' && clearStatuses.includes(status as number)
  const code = isClear ? codeOf(status as number) : (said ?? (status && 'temporary'))
  if (!code) return undefined
  const retryAfterMs = parseRetryAfter(retryAfterOf(context), now)
  return { code, status, retryAfterMs, hint: hintOf((code === said && refusal) || code) }
}

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

/** Engine.IO gives its reason in the body of a response with status 400. */
const engineText = (context: unknown): string | undefined =>
  /^\{.*"message":"(.*?)"/.exec(readString(context, 'responseText')?.slice(0, 200) ?? '')?.[1]

/** Engine.IO keeps a polling response's status in `description`; the `ws` package puts a WebSocket's into a text. */
function statusIn(description: unknown, context: unknown, data: unknown): number | undefined {
  const inText = /Unexpected server response: (\d{3})/.exec(readString(description, 'message') ?? '')?.[1]
  const fields = ['status', 'statusCode', 'code'].map((field) => read(data, field))
  return [description, read(context, 'status'), inText, ...fields].map(Number).find(isFailure)
}
