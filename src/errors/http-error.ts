import type { ErrorFacts } from './error-facts.js'
import type { KnownErrorCode } from './error-policy.js'
import { read } from './read.js'
import { parseRetryAfter, validWait } from './retry-after.js'

const codes: Readonly<Partial<Record<number, KnownErrorCode>>> = {
  400: 'invalid_message',
  401: 'unauthorized',
  403: 'forbidden',
  408: 'timeout',
  409: 'task_conflict',
  413: 'message_too_large',
  422: 'invalid_message',
  425: 'temporary',
  429: 'rate_limited',
  502: 'temporary',
  503: 'overloaded',
  504: 'timeout',
  // Anthropic's "overloaded".
  529: 'overloaded',
}

/** Reads a refusal over HTTP: a `Response`, or the error of a client that keeps the status on it or on its `response`. */
export function fromHttp(error: unknown, now: () => number): ErrorFacts | undefined {
  // A `Response` of `fetch` stands in `response`, or in `context` as supabase has it.
  const holders = [error, read(error, 'response'), read(error, 'context')]
  const status = holders
    .flatMap((holder) => [read(holder, 'status'), read(holder, 'statusCode')])
    .find(isFailure)
  if (status === undefined) return undefined
  const retryAfter = [read(error, 'retryAfter'), ...holders.map(retryAfterOf)].find((value) => value != null)
  return {
    code: codeOf(status),
    retryAfterMs: validWait(read(error, 'retryAfterMs')) ?? parseRetryAfter(retryAfter, now()),
    details: { status },
  }
}

export function codeOf(status: number): KnownErrorCode {
  // 520 to 527 are Cloudflare's, for an origin that does not answer as it should.
  if (status > 519 && status < 528) return 'temporary'
  // The rest is a page and a server that do not fit together, or a bug: nothing that the person could change.
  return codes[status] ?? 'internal'
}

export const isFailure = (status: unknown): status is number =>
  Number.isInteger(status) && (status as number) >= 400 && (status as number) < 600

function retryAfterOf(holder: unknown): string | null {
  try {
    // Takes a `Headers`, a `Map` or a plain object.
    return new Headers(read(holder, 'headers') as HeadersInit).get('retry-after')
  } catch {
    return null
  }
}
