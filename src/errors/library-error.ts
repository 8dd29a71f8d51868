import type { ErrorFacts } from './error-facts.js'
import type { KnownErrorCode } from './error-policy.js'
import { headersOf } from './headers.js'
import { codeOf, fromHttp, isFailure } from './http-error.js'
import { libraryShapes } from './library-shapes.js'
import { labelsOf } from './named-error.js'
import { adviceIn, isExhausted } from './rate-limit-headers.js'
import { read, readString } from './read.js'
import { validWait } from './retry-after.js'

// By gRPC's number, from 1 (grpc/statuscodes).
const grpcNames = [
  ...['cancelled', 'unknown', 'invalid_argument', 'deadline_exceeded', 'not_found', 'already_exists'],
  ...['permission_denied', 'resource_exhausted', 'failed_precondition', 'aborted', 'out_of_range'],
  ...['unimplemented', 'internal', 'unavailable', 'data_loss', 'unauthenticated'],
]

const shapes = libraryShapes.map(([code, labels]): readonly [KnownErrorCode, RegExp] => [
  code,
  new RegExp(`^(?:${labels})$`, 'i'),
])

/** Recognises the error of a library: by its own name for the failure, which is the most exact, else by its HTTP status. */
export function fromLibrary(error: unknown, now: () => number): ErrorFacts | undefined {
  const named = labelsOf(error).concat(codesOf(error))
  const labels = named.map(normalise).concat(named)
  const code = shapes.find(([, pattern]) => labels.some((label) => pattern.test(label)))?.[0]
  const http = fromHttp(error, now) ?? fromOtherStatus(error)
  if (code === undefined && !http) return undefined
  const headers = headersOf(error)
  // GitHub answers 403 to those who have used up their limit.
  const isLimit = code === undefined && http?.code === 'forbidden' && isExhausted(headers)
  const advice = http && (adviceIn(headers, now()) ?? http.retryAfterMs)
  return {
    ...http,
    code: isLimit ? 'rate_limited' : (code ?? http?.code),
    retryAfterMs: advice ?? validWait(read(error, 'retryAfterMs')),
    retryable: retryableOf(error, headers),
  }
}

// `auth/network-request-failed` of Firebase is `network_request_failed`.
const normalise = (label: string): string =>
  / /.test(label) ? label : label.replace(/^[a-z]+\//, '').replace(/-/g, '_')

/** The library's own codes, where `code` and `name` do not hold them. */
function codesOf(error: unknown): string[] {
  const number = read(error, 'code')
  const isGrpc = read(error, 'metadata') !== undefined || read(error, 'name') === 'ConnectError'
  const labels = read(error, 'errorLabels')
  const codes = [
    isGrpc && typeof number === 'number' ? grpcNames[number - 1] : undefined,
    // GraphQL, tRPC, and Google's JSON errors.
    readString(read(error, 'extensions'), 'code'),
    ...[error, read(error, 'response')].map((holder) =>
      readString(
        read(read(read(holder, 'errors') ?? read(holder, 'graphQLErrors'), 0), 'extensions'),
        'code',
      ),
    ),
    readString(read(error, 'data'), 'code'),
    readString(error, 'status'),
    ...(Array.isArray(labels) ? labels.slice(0, 10) : []),
  ]
  return codes.filter((code) => typeof code === 'string')
}

/** Statuses that stand where only one library puts them: AWS, tRPC, Google. */
function fromOtherStatus(error: unknown): ErrorFacts | undefined {
  const status = [
    read(read(error, '$metadata'), 'httpStatusCode'),
    read(read(error, 'data'), 'httpStatus'),
    read(error, 'code'),
    read(read(error, 'output'), 'statusCode'),
  ].find(isFailure)
  return status === undefined ? undefined : { code: codeOf(status), details: { status } }
}

/**
 * Advice about a retry from the library or its server: the AI SDK's field, AWS' field, and the header of openai and
 * Anthropic.
 */
function retryableOf(error: unknown, headers: ReturnType<typeof headersOf>): boolean | undefined {
  const said = headers.find(([name]) => name === 'x-should-retry')?.[1]
  if (said === 'false' || read(error, 'isRetryable') === false) return false
  return said === 'true' || read(error, '$retryable') !== undefined ? true : undefined
}
