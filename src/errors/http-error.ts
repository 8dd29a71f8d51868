import type { ErrorFacts } from './error-facts.js'
import type { KnownErrorCode } from './error-policy.js'
import { read } from './read.js'
import { parseRetryAfter } from './retry-after.js'

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
}

/** Reads a refusal over HTTP: a `Response`, or the error of a client that keeps the status on it or on its `response`. */
export function fromHttp(error: unknown, now: () => number): ErrorFacts | undefined {
  const response = read(error, 'response')
  const status = [read(error, 'status'), read(error, 'statusCode'), read(response, 'status')].find(isFailure)
  if (status === undefined) return undefined
  const retryAfter = read(error, 'retryAfter') ?? retryAfterOf(error) ?? retryAfterOf(response)
  return {
    // The rest is a page and a server that do not fit together, or a bug: nothing that the person could change.
    code: codes[status] ?? 'internal',
    retryAfterMs: parseRetryAfter(retryAfter, now()),
    details: { status },
  }
}

const isFailure = (status: unknown): status is number =>
  Number.isInteger(status) && (status as number) >= 400 && (status as number) < 600

function retryAfterOf(response: unknown): string | null {
  try {
    // Takes a `Headers`, a `Map` or a plain object.
    return new Headers(read(response, 'headers') as HeadersInit).get('retry-after')
  } catch {
    return null
  }
}
